/** Console: the door for people. Who may see and do what; where every document is, why one stopped, and its repair. */
export * from './shapes.ts'
