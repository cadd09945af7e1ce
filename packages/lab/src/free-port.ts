import { createServer } from 'node:net';

/**
 * Finds a TCP port that nobody uses at this moment.
 *
 * @param host - the address it is to be free on.
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(0, host, resolve);
  await promise;
  const address = server.address();
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  await closed.promise;
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
