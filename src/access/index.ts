/**
 * Access: the people who may use the console. Passwords are kept as salted scrypt hashes, sessions as digests; guessing is
 * slowed per name and address; a refusal never tells whether a name exists, neither in words nor by its time.
 */
export { firstAdministrator } from './first.ts'
export { login } from './login.ts'
export {
  agenciesWith,
  type Grant,
  globalRights,
  grantedRights,
  hasRight,
  type Right,
  type Role,
  rights,
  roles,
} from './rights.ts'
export { csrfTokenOf, endSession, type LiveSession, sessionOf, sweepAccess, userOfSession } from './sessions.ts'
export {
  type ChangedUser,
  changePassword,
  changeUser,
  createUser,
  findUser,
  findUserByName,
  listUsers,
  type NewUser,
  resetPassword,
  type User,
} from './users.ts'
