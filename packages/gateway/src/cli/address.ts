import { type CalAddress, parseCalAddress } from '@isched/icalendar';
import { UsageError } from './output.ts';

/**
 * A calendar user address as a person types it; a bare `user@host` is a mail address.
 *
 * @throws UsageError when it is none.
 */
export function parseAddress(text: string): CalAddress {
  try {
    return parseCalAddress(text);
  } catch (error) {
    throw new UsageError(`${JSON.stringify(text)} is not a calendar user address, such as mailto:a@example.com`, {
      cause: error,
    });
  }
}
