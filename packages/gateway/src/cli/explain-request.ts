import type { SignedMessage } from '@isched/doseta';

export function explainRequest(
  _request: SignedMessage,
  _context: { sent: SignedMessage | undefined; keyRecord: string | undefined },
): { json: unknown; text: string } {
  return { json: {}, text: '' };
}
