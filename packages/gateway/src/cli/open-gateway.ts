import { loadConfig } from '../server/config/load.ts';
import { type GatewayClient, reachGateway } from './gateway-client.ts';
import { CouldNotTell, type Terminal } from './output.ts';

/**
 * The gateway that runs with a configuration.
 *
 * @throws CouldNotTell when none does; ConfigError.
 */
export async function openGateway(configFile: string, terminal: Terminal): Promise<GatewayClient> {
  const gateway = await reachGateway(loadConfig(configFile, terminal.environment));
  if (gateway) return gateway;
  throw new CouldNotTell('no gateway runs with this configuration, or its token is not yours to read');
}
