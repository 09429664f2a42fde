// A real OpenID provider on the loopback: whoever the header X-Account says is signed in at once.
// Arguments: the folder of its package, and the redirect URI of its clients.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, redirectUri] = process.argv.slice(2);
const resolved = createRequire(join(folder, 'package.json')).resolve('oidc-provider');
const { default: Provider } = await import(pathToFileURL(resolved));

const key = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: alg,
});
const accounts = new Map();
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const client = (id, more) => ({
  client_id: id, redirect_uris: [redirectUri], grant_types: ['authorization_code'], response_types: ['code'], ...more,
});
const provider = new Provider(issuer, {
  clients: [
    client('rsa', { client_secret: 'a-secret+with/odd:characters%20&' }),
    client('ec', { client_secret: 'posted', token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: 'ES256' }),
    client('public', { token_endpoint_auth_method: 'none' }),
    client('symmetric', { client_secret: 'x'.repeat(64), id_token_signed_response_alg: 'HS256' }),
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username', 'groups'] },
  conformIdTokenClaims: !process.env.CLAIMS_IN_TOKEN,
  features: { devInteractions: { enabled: false } },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'HS256'] },
  pkce: { methods: ['S256'], required: () => true },
  jwks: { keys: [key('rsa', { modulusLength: 2048 }, 'RS256'), key('ec', { namedCurve: 'P-256' }, 'ES256')] },
  cookies: { keys: ['for tests only'] },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...accounts.get(sub), sub }) }),
});

async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (request.headers['x-account'] === 'nobody') {
    return provider.interactionFinished(request, response, { error: 'access_denied' });
  }
  if (prompt.name === 'login') {
    const account = JSON.parse(request.headers['x-account']);
    accounts.set(account.sub, account);
    return provider.interactionFinished(request, response, { login: { accountId: account.sub } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const callback = provider.callback();
server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return callback(request, response);
  return interact(request, response).catch((error) => { response.statusCode = 500; response.end(String(error)); });
});
console.log(issuer);
