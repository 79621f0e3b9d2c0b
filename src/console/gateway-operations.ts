import { z } from 'zod'
import { agencyCode } from '../http/index.ts'
import { operation } from './operation.ts'
import { agencyQuery, agencyViewListShape, agencyViewShape } from './shapes-agencies.ts'
import { auditEntriesShape, auditQuery, chainShape, configurationShape } from './shapes-audit.ts'
import { incidentGroupsShape, incidentItemQuery, incidentItemsShape, incidentQuery } from './shapes-incidents.ts'
import { overviewShape, seriesQuery, seriesShape } from './shapes-overview.ts'

export const getOverview = operation({
  id: 'getOverview',
  method: 'get',
  path: '/console/api/overview',
  tag: 'gateway',
  access: 'read',
  summary: 'Tổng quan · How things stand now',
  description: 'What waits, what failed, whom it concerns, and whether store and broker work.',
  answers: { 200: { description: 'The overview.', shape: overviewShape } },
  failures: [],
})

export const getSeries = operation({
  id: 'getSeries',
  method: 'get',
  path: '/console/api/series',
  tag: 'gateway',
  access: 'read',
  summary: 'Theo thời gian · Over time',
  description: 'What happened by the hour or by the day, as columns for a chart.',
  query: seriesQuery,
  answers: { 200: { description: 'The columns.', shape: seriesShape } },
  failures: [],
})

export const listIncidents = operation({
  id: 'listIncidents',
  method: 'get',
  path: '/console/api/incidents',
  tag: 'incidents',
  access: 'read',
  summary: 'Sự cố · Failures by cause',
  description: 'What failed or was kept in quarantine, grouped, each group with its cause and what to do.',
  query: incidentQuery,
  answers: { 200: { description: 'The groups.', shape: incidentGroupsShape } },
  failures: [],
})

export const listIncidentItems = operation({
  id: 'listIncidentItems',
  method: 'get',
  path: '/console/api/incidents/items',
  tag: 'incidents',
  access: 'read',
  summary: 'Các mục của một nhóm · What is in a group',
  description: 'The deliveries, or the items in quarantine, of one group.',
  query: incidentItemQuery,
  answers: { 200: { description: 'One page.', shape: incidentItemsShape } },
  failures: ['cursor-invalid'],
})

export const listAgencyViews = operation({
  id: 'listAgencies',
  method: 'get',
  path: '/console/api/agencies',
  tag: 'gateway',
  access: 'read',
  summary: 'Đơn vị · Agencies',
  description: 'Who takes part, and how sending to each stands.',
  query: agencyQuery,
  answers: { 200: { description: 'The agencies.', shape: agencyViewListShape } },
  failures: [],
})

export const getAgencyView = operation({
  id: 'getAgency',
  method: 'get',
  path: '/console/api/agencies/{code}',
  tag: 'gateway',
  access: 'read',
  summary: 'Một đơn vị · One agency',
  description: 'One agency or unit.',
  params: z.object({ code: agencyCode }),
  answers: { 200: { description: 'The agency.', shape: agencyViewShape } },
  failures: ['not-found'],
})

export const listAudit = operation({
  id: 'listAudit',
  method: 'get',
  path: '/console/api/audit',
  tag: 'gateway',
  access: 'audit',
  summary: 'Nhật ký · The audit',
  description:
    'Who did what, newest first. One page looks at a bounded number of rows and may have fewer than asked for.',
  query: auditQuery,
  answers: { 200: { description: 'One page.', shape: auditEntriesShape } },
  failures: ['cursor-invalid'],
})

export const getAuditChain = operation({
  id: 'getAuditChain',
  method: 'get',
  path: '/console/api/audit/chain',
  tag: 'gateway',
  access: 'audit',
  summary: 'Chuỗi nhật ký · The chain of the audit',
  description: 'Whether the whole chain fitted together when it was last walked.',
  answers: { 200: { description: 'The chain.', shape: chainShape } },
  failures: [],
})

export const getConfiguration = operation({
  id: 'getConfiguration',
  method: 'get',
  path: '/console/api/configuration',
  tag: 'gateway',
  access: 'configuration',
  summary: 'Cấu hình đang dùng · The configuration in force',
  description: 'Every setting, its value and where it came from. Secrets stay in the files that it names.',
  answers: { 200: { description: 'The configuration.', shape: configurationShape } },
  failures: [],
})
