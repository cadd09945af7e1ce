import { type Logger, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config/schema.ts';

export type { Logger } from 'pino';

/**
 * The gateway's log: JSON lines on standard output with RFC 3339 UTC times, or pretty on a terminal.
 *
 * @param isTerminal - whether standard output is one; decides where the format is `auto`.
 * @throws nothing.
 */
export function createLog(settings: Config['log'], isTerminal: boolean): Logger {
  const asPretty = settings.format === 'pretty' || (settings.format === 'auto' && isTerminal);
  const options = {
    level: settings.level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  };
  return asPretty
    ? pino(options, pretty({ colorize: isTerminal, translateTime: 'UTC:yyyy-mm-dd HH:MM:ss.l' }))
    : pino(options);
}
