/** A gateway that tells, when asked, how much memory it holds after a collection. Argument: its configuration file. */
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../packages/gateway/src/server/config/load.ts';
import { startGateway } from '../packages/gateway/src/server/gateway.ts';
import { createLog } from '../packages/gateway/src/server/log.ts';

/** Readings, of which the least counts: what a collection leaves for the next one is no growth. */
const readings = 5;

const config = loadConfig(process.argv[2] ?? '', {});
await startGateway(config, createLog(config.log, false));
process.on('message', () => void residentOctets().then((octets) => process.send?.(octets)));
process.send?.('ready');

async function residentOctets(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let reading = 0; reading < readings; reading++) {
    globalThis.gc?.();
    await delay(200);
    least = Math.min(least, process.memoryUsage.rss());
  }
  return least;
}
