import { availableParallelism } from 'node:os';

/** One to sign and one to wait for the disk. */
const fewest = 2;
/** As the system has it where nobody says anything. */
const most = 4;

/**
 * Lets the thread pool have as many threads as there are cores, two to four, unless somebody has said how many: threads beyond
 * that do nothing but take turns with the one that answers. Call it before anything is signed or any file read: the first work
 * for the pool settles its size.
 *
 * @param environment - the process's own.
 * @throws nothing.
 * @see docs/decisions/0087.
 */
export function fitThreadPool(environment: NodeJS.ProcessEnv, cores = availableParallelism()): void {
  environment['UV_THREADPOOL_SIZE'] ||= String(Math.min(most, Math.max(fewest, cores)));
}
