/** What the system's codes mean to whoever has to change something. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'it is not yours to use',
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'this machine has no such address',
  EAI_AGAIN: 'the name system does not answer',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut',
  EEXIST: 'something else is there',
  EHOSTUNREACH: 'the host can not be reached',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open',
  ENETUNREACH: 'the network can not be reached',
  ENOENT: 'it is not there',
  ENOSPC: 'no space is left',
  ENOTDIR: 'a part of its path is no folder',
  ENOTFOUND: 'there is no such host',
  EPERM: 'it is not yours to use',
  EPIPE: 'the other side hung up',
  EROFS: 'the file system is read-only',
  ETIMEDOUT: 'nobody answers there',
};

/**
 * Why the system could not do something, in words for people, the system's own code in brackets behind.
 *
 * @returns `unknown reason` for what is no error of the system.
 * @throws nothing.
 */
export function systemReason(error: unknown): string {
  const code = systemCode(error);
  if (code === undefined) return 'unknown reason';
  return isSystemCode(code) ? `${reasons[code]} (${code})` : code;
}

/** Says whether a code is one of the system's that has words here. @throws nothing. */
export function isSystemCode(code: string): boolean {
  return Object.hasOwn(reasons, code);
}

/** The code of an error, where it has one. @throws nothing. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
