import type { EpochMs } from '@isched/values';
import type { Series } from '../series.ts';
import type { OutgoingContext } from './outgoing.ts';

/** What all decisions about one change look at. */
export interface Scope {
  readonly before: Series | undefined;
  readonly after: Series | undefined;
  readonly context: OutgoingContext;
  /** DTSTAMP of the messages: after that of any message before. */
  readonly now: EpochMs;
}
