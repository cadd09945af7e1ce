import type { ItipMessage } from '@isched/itip';
import type { Breach } from '../message-rules.ts';
import type { Capabilities } from './capabilities.ts';

export interface InstanceOptions {
  /** How long a rule without end is counted. Days from its start; default 730. */
  readonly endlessRuleDays?: number | undefined;
}

/** Checks how many instances a message makes, and when. */
export function checkInstances(
  _itip: ItipMessage,
  _capabilities: Capabilities,
  _options: InstanceOptions,
): Breach | undefined {
  return undefined;
}
