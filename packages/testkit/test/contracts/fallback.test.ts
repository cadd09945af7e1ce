import { parseCalAddress } from '@isched/icalendar';
import { createFakeFallback, fallbackContract } from '@isched/testkit';
import { describe } from 'vitest';

describe('the fake fallback', () => {
  fallbackContract(async () => {
    const fallback = createFakeFallback();
    const unreachable = parseCalAddress('mailto:nobody@beta.example');
    const away = { status: 'retry', cause: 'away' } as const;
    const all = ['mailto:b@beta.example', 'mailto:c@beta.example'].map((address) => parseCalAddress(address));
    fallback.will(unreachable, { status: 'refused' });
    return {
      fallback,
      unreachable,
      arrived: async () =>
        fallback.taken.map(({ recipient, idempotencyKey, message }) => ({
          recipient,
          mark: idempotencyKey,
          uid: message.itip.uid,
        })),
      reach: async (state) => {
        for (const one of all) fallback.will(one, state === 'away' ? away : { status: 'taken' });
      },
    };
  });
});
