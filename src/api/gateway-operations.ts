import { agencyListShape, agencyQuery, healthShape, readinessShape } from './gateway-shapes.ts'
import { operation } from './operation.ts'

export const listAgencies = operation({
  id: 'listAgencies',
  method: 'get',
  path: '/v1/agencies',
  tag: 'directory',
  access: 'client',
  summary: 'Danh sách cơ quan · Agencies and units',
  description: 'Who takes part, by code. Only active ones can be written to.',
  query: agencyQuery,
  answers: { 200: { description: 'One page.', shape: agencyListShape } },
  failures: ['request-invalid', 'cursor-invalid'],
})

export const getHealth = operation({
  id: 'getHealth',
  method: 'get',
  path: '/healthz',
  tag: 'gateway',
  summary: 'Is the process alive?',
  description: 'Cheap and without a key; looks at nothing else.',
  access: 'open',
  answers: { 200: { description: 'Alive.', shape: healthShape } },
  failures: [],
})

export const getReadiness = operation({
  id: 'getReadiness',
  method: 'get',
  path: '/readyz',
  tag: 'gateway',
  summary: 'Can documents be accepted?',
  description:
    'Lets each dependency do its work, under a deadline: the store commits a row, the broker confirms a message. A missing axis degrades and does not make unready. An answer may be a second old.',
  access: 'open',
  answers: {
    200: { description: 'Ready, or degraded.', shape: readinessShape },
    503: { description: 'Unready.', shape: readinessShape },
  },
  failures: [],
})

export const getMetrics = operation({
  id: 'getMetrics',
  method: 'get',
  path: '/metrics',
  tag: 'gateway',
  summary: 'Số đo · Metrics',
  description:
    'For Prometheus: documents by event, partner and lane; times to sent and to receipt; queues, their age, attempts by cause, days left of certificates. For this machine without a key; from elsewhere with `Authorization: Bearer` and the token of `metrics.tokenFile`. Several gateways on one database tell the same of its documents.',
  access: 'open',
  answers: { 200: { description: 'The metrics.', mediaTypes: ['text/plain'] } },
  failures: ['unauthenticated'],
})

export const getDescription = operation({
  id: 'getDescription',
  method: 'get',
  path: '/openapi.json',
  tag: 'gateway',
  summary: 'This description',
  description: 'OpenAPI 3.1, made from the same shapes that check the requests.',
  access: 'open',
  answers: { 200: { description: 'The OpenAPI document.', mediaTypes: ['application/json'] } },
  failures: [],
})

export const getDocs = operation({
  id: 'getDocs',
  method: 'get',
  path: '/docs',
  tag: 'gateway',
  summary: 'This description, to read and try',
  description: 'A page that renders the OpenAPI document. Everything it needs is served from here.',
  access: 'open',
  answers: { 200: { description: 'The page.', mediaTypes: ['text/html'] } },
  failures: [],
})
