import { z } from 'zod'
import { operation } from './operation.ts'
import {
  loginShape,
  newUserShape,
  passwordChangeShape,
  sessionShape,
  userChangeShape,
  userListShape,
  userShape,
  userWithPasswordShape,
} from './shapes-session.ts'

const userParams = z.object({ id: z.string().regex(/^[0-9a-z]{26}$/) })

export const signIn = operation({
  id: 'signIn',
  method: 'post',
  path: '/console/api/session',
  tag: 'session',
  access: 'open',
  summary: 'Đăng nhập · Sign in',
  description: 'Sets the cookie of a session. Needs the header `X-Lienthong-Csrf: login`.',
  body: loginShape,
  answers: { 200: { description: 'Signed in.', shape: sessionShape } },
  failures: ['login-failed', 'login-throttled', 'cross-site-request', 'request-too-large'],
})

export const getSession = operation({
  id: 'getSession',
  method: 'get',
  path: '/console/api/session',
  tag: 'session',
  access: 'session',
  summary: 'Phiên làm việc · The session',
  description: 'Who is signed in, what he may do, and the token for what changes something.',
  answers: { 200: { description: 'The session.', shape: sessionShape } },
  failures: [],
})

export const signOut = operation({
  id: 'signOut',
  method: 'delete',
  path: '/console/api/session',
  tag: 'session',
  access: 'session',
  summary: 'Đăng xuất · Sign out',
  description: 'Ends the session at once.',
  answers: { 204: { description: 'Signed out.' } },
  failures: [],
})

export const changeOwnPassword = operation({
  id: 'changeOwnPassword',
  method: 'post',
  path: '/console/api/session/password',
  tag: 'session',
  access: 'session',
  summary: 'Đổi mật khẩu · Change the password',
  description: 'The user’s own. Ends the other sessions of the user.',
  body: passwordChangeShape,
  answers: { 200: { description: 'Changed.', shape: sessionShape } },
  failures: ['login-failed', 'login-throttled', 'password-weak', 'request-too-large'],
})

export const listAllUsers = operation({
  id: 'listUsers',
  method: 'get',
  path: '/console/api/users',
  tag: 'session',
  access: 'users',
  summary: 'Người dùng · Users',
  description: 'All, disabled ones too.',
  answers: { 200: { description: 'The users.', shape: userListShape } },
  failures: [],
})

export const createOneUser = operation({
  id: 'createUser',
  method: 'post',
  path: '/console/api/users',
  tag: 'session',
  access: 'users',
  summary: 'Thêm người dùng · Add a user',
  description: 'The answer holds the one-time password, which is told this once.',
  body: newUserShape,
  answers: { 201: { description: 'Created.', shape: userWithPasswordShape } },
  failures: ['user-exists', 'request-too-large'],
})

export const changeOneUser = operation({
  id: 'changeUser',
  method: 'put',
  path: '/console/api/users/{id}',
  tag: 'session',
  access: 'users',
  summary: 'Sửa người dùng · Change a user',
  description: 'Name, roles, or whether the user may sign in. What is absent stays.',
  params: userParams,
  body: userChangeShape,
  answers: { 200: { description: 'Changed.', shape: userShape } },
  failures: ['not-found', 'last-administrator', 'request-too-large'],
})

export const resetOneUser = operation({
  id: 'resetUser',
  method: 'post',
  path: '/console/api/users/{id}/reset',
  tag: 'session',
  access: 'users',
  summary: 'Đặt lại mật khẩu · Reset a password',
  description: 'A new one-time password, which is told this once. Ends the sessions of the user.',
  params: userParams,
  answers: { 200: { description: 'Reset.', shape: userWithPasswordShape } },
  failures: ['not-found'],
})
