// The load scenario for k6: each user registers, signs in and streams one chat after another.
//
//   BASE_URL=http://127.0.0.1:8000 k6 run load/chat.js
//
// USERS and CHATS say how many; chat.py is the same scenario without k6. k6 reads a stream as a whole, so the time to
// the first event is the time to the first byte: the server sends its headers with the first event.

import { check, fail, sleep } from 'k6'
import http from 'k6/http'
import { Counter, Rate, Trend } from 'k6/metrics'

const base = __ENV.BASE_URL || 'http://127.0.0.1:8000'
const password = 'correct horse battery staple'

const firstEvent = new Trend('first_event', true)
const wholeAnswer = new Trend('whole_answer', true)
const tokens = new Counter('tokens')
const refused = new Counter('refused')
const failed = new Rate('failed_chats')

export const options = {
  scenarios: {
    chats: {
      executor: 'per-vu-iterations',
      vus: Number(__ENV.USERS || 20),
      iterations: Number(__ENV.CHATS || 3),
      maxDuration: '2m',
    },
  },
  thresholds: {
    failed_chats: ['rate==0'],
    whole_answer: ['max<120000'],
    'http_req_failed{step:sign_in}': ['rate==0'],
  },
}

let token // one per virtual user: each has its own copy of this module

function post(path, body, step) {
  const headers = { 'Content-Type': 'application/json' }
  if (token) headers.Authorization = `Bearer ${token}`
  return http.post(`${base}/api/v1${path}`, JSON.stringify(body), { headers, tags: { step }, timeout: '120s' })
}

function signIn() {
  const username = `load-${__VU}-${Date.now().toString(36)}`
  const account = { email: `${username}@example.org`, username, password }
  if (post('/auth/register', account, 'sign_in').status !== 201) fail('registration failed')
  const response = post('/auth/login', { login: username, password }, 'sign_in')
  if (response.status !== 200) fail('sign-in failed')
  token = response.json('access_token')
}

export default function () {
  if (!token) signIn()
  const question = { message: 'Explain in a few sentences why the sky is blue.' }
  const response = post('/chats/stream', question, 'chat')
  // Being refused for lack of capacity is within the contract; it is counted, and no failure.
  if (response.status === 429 || response.status === 503) {
    refused.add(1)
    sleep(Number(response.headers['Retry-After'] || 1))
    return
  }
  const whole = check(response, {
    'status is 200': (r) => r.status === 200,
    'the answer is whole': (r) => r.body.includes('\nevent: done\n') && !r.body.includes('\nevent: error\n'),
  })
  failed.add(!whole)
  if (!whole) return
  firstEvent.add(response.timings.waiting)
  wholeAnswer.add(response.timings.duration)
  tokens.add(response.body.split('\nevent: token\n').length - 1)
}
