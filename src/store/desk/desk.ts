/** What the operators' console reads: lists that stay fast however much there is. */
export * from './details.ts'
export * from './incidents.ts'
export * from './jobs.ts'
export * from './list.ts'
export * from './measures.ts'
export * from './queues.ts'
