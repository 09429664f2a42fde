// RAG bursts against interactive users, for k6: who chats waits no longer because others have documents read.
//
//   BASE_URL=http://127.0.0.1:8000 k6 run load/rag_burst.js
//
// First only interactive users and clients that leave, then also users who send long prompts, several at once. The
// thresholds are the service's objectives; they hold for a server that is below saturation in the first phase.
// rag_burst.py is the same scenario without k6, with the same settings (the variables in `set`).

import { sleep } from 'k6'
import exec from 'k6/execution'
import http from 'k6/http'
import { Counter, Rate, Trend } from 'k6/metrics'

const base = __ENV.BASE_URL || 'http://127.0.0.1:8000'
const password = 'correct horse battery staple'
const set = {
  users: Number(__ENV.USERS || 5),
  leavers: Number(__ENV.LEAVERS || 2),
  ragUsers: Number(__ENV.RAG_USERS || 2),
  ragBatch: Number(__ENV.RAG_BATCH || 3),
  ragEvery: Number(__ENV.RAG_EVERY_S || 15),
  steady: Number(__ENV.STEADY_S || 25),
  burst: Number(__ENV.BURST_S || 30),
  slack: Number(__ENV.SLACK_S || 4), // about one service time of a slot: nobody can do better without breaking off
  model: __ENV.MODEL,
}
const question = 'Explain in a few sentences why the sky is blue.'
const passage = 'The committee met on the second floor, read the minutes of the former year and adjourned. '
const documents = `${passage.repeat(100)}\nWhat did the committee decide?`
const timeouts = ['queue_timeout', 'upstream_timeout']

const completion = new Trend('completion', true)
const interactiveWait = new Trend('interactive_wait', true)
const interactiveHarmed = new Rate('interactive_harmed')
const timedOut = new Rate('timed_out')
const refused = new Rate('refused')
const failed = new Rate('failed')
const left = new Counter('left')

const whole = set.steady + set.burst
const looping = { executor: 'constant-vus', gracefulStop: '120s' }
export const options = {
  scenarios: {
    interactive: { ...looping, exec: 'interactive', vus: set.users, duration: `${whole}s` },
    leaving: { ...looping, exec: 'leaving', vus: set.leavers, duration: `${whole}s` },
    rag: { ...looping, exec: 'rag', vus: set.ragUsers, startTime: `${set.steady}s`, duration: `${set.burst}s` },
  },
  batch: 100,
  batchPerHost: 100,
  setupTimeout: '180s',
  summaryTrendStats: ['count', 'p(50)', 'p(95)', 'max'],
  thresholds: {
    completion: ['p(95)<45000'],
    timed_out: ['rate<0.01'],
    'refused{phase:steady}': ['rate<0.05'],
    interactive_harmed: ['rate<=0.05'],
    failed: ['rate==0'],
    // Always true: they make k6 show the two phases apart.
    'interactive_wait{phase:steady}': ['p(95)>=0'],
    'interactive_wait{phase:burst}': ['p(95)>=0'],
  },
}

// One of each for every virtual user, who stays the same one in both phases.
let token
const calm = []

function post(path, body, more) {
  return http.post(...request(path, body, more))
}

function request(path, body, more) {
  const headers = { 'Content-Type': 'application/json' }
  if (token) headers.Authorization = `Bearer ${token}`
  return [`${base}/api/v1${path}`, JSON.stringify(body), { headers, timeout: '180s', ...more }]
}

function signIn() {
  const username = `load-${__VU}-${Date.now().toString(36)}`
  const made = post('/auth/register', { email: `${username}@example.org`, username, password })
  if (made.status !== 201) exec.test.abort(`registration failed: ${made.status}`)
  token = made.json('access_token')
}

function chat(message, tokens, priority) {
  return { message, priority, options: { num_predict: tokens }, ...(set.model ? { model: set.model } : {}) }
}

// What happened to one question: its outcome is `done`, or a code, or what the connection met.
function outcome(response) {
  if (response.status === 0) return { outcome: response.error_code === 1050 ? 'queue_timeout' : 'broken' }
  if (response.status !== 200) return { outcome: response.json('code'), status: response.status }
  const event = /\nevent: (done|error)\ndata: (.*)/.exec(response.body)
  if (!event) return { outcome: 'broken' }
  const data = JSON.parse(event[2])
  if (event[1] === 'error') return { outcome: data.code }
  return { outcome: data.done_reason === 'timeout' ? 'queue_timeout' : 'done', wait: data.timings.queue_ms }
}

function note(response, phase) {
  const seen = outcome(response)
  const late = timeouts.includes(seen.outcome)
  const declined = !late && (seen.status === 429 || seen.status === 503)
  timedOut.add(late, { phase })
  refused.add(declined, { phase })
  failed.add(!late && !declined && seen.outcome !== 'done', { phase })
  if (seen.outcome === 'done') completion.add(response.timings.duration, { phase })
  return { ...seen, pause: declined ? Number(response.headers['Retry-After'] || 1) : 0 }
}

export function setup() {
  signIn()
  // The model is loaded before anything is measured.
  const warm = post('/chats/stream', chat(question, 5, 'interactive'))
  if (outcome(warm).outcome !== 'done') exec.test.abort(`the first chat failed: ${warm.status} ${warm.body}`)
}

export function interactive() {
  if (!token) signIn()
  sleep(2 + 2 * Math.random())
  const phase = Date.now() - exec.scenario.startTime < set.steady * 1000 ? 'steady' : 'burst'
  const { wait, pause } = note(post('/chats/stream', chat(question, 40, 'interactive')), phase)
  sleep(pause)
  if (wait === undefined) return
  interactiveWait.add(wait, { phase })
  if (phase === 'steady') calm.push(wait)
  else interactiveHarmed.add(wait > Math.max(0, ...calm) + set.slack * 1000)
}

export function rag() {
  if (!token) signIn()
  const began = Date.now()
  const one = request('/chats/stream', chat(documents, 80, 'background'))
  const answers = http.batch(Array.from({ length: set.ragBatch }, () => ['POST', ...one]))
  sleep(Math.max(...answers.map((answer) => note(answer, 'burst').pause)))
  sleep(Math.max(0, set.ragEvery - (Date.now() - began) / 1000))
}

export function leaving() {
  if (!token) signIn()
  sleep(4 + 2 * Math.random())
  const patience = `${Math.round(300 + 1200 * Math.random())}ms`
  const response = post('/chats/stream', chat(question, 200, 'interactive'), { timeout: patience })
  if (response.error_code === 1050) left.add(1)
}
