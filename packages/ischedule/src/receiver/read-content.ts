import { ContentIncomplete, ContentTooLong, type HttpRequest } from '@isched/runtime';
import type { Abortable, Octets } from '@isched/values';
import type { OwnCapabilities } from '../capabilities/capabilities.ts';
import { ReceiverRefusal } from '../fault.ts';
import { contentTooLong } from './read-envelope.ts';

/**
 * Reads the content while it arrives, and no more of it than is taken.
 *
 * @throws SchedulingFault `max-content-length`; ReceiverRefusal where it broke off; the signal's reason when aborted.
 */
export async function readContent(
  request: HttpRequest,
  { maxContentLength }: OwnCapabilities,
  options: Abortable,
): Promise<Octets> {
  try {
    return await request.readContent(maxContentLength, options);
  } catch (error) {
    if (error instanceof ContentTooLong) throw contentTooLong(maxContentLength);
    if (error instanceof ContentIncomplete) {
      throw new ReceiverRefusal('bad-request', 'The content broke off.', { cause: error });
    }
    throw error;
  }
}
