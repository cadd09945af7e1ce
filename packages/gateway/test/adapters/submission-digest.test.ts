import type { Submission } from 'isched';
import { expect, it } from 'vitest';
import { checkRepeated } from '../../src/adapters/store-rows/submission-digest.ts';
import { IdempotencyKeyReused } from '../../src/ports/delivery-queue.ts';

const submission: Submission = {
  originator: 'mailto:a@alpha.example',
  originatorKey: 'mailto:a@alpha.example',
  method: 'REQUEST',
  uid: 'u',
  instance: '',
  text: 'text',
  recipients: [],
  supersedes: { methods: [], instances: 'same' },
  expiresAt: 0 as never,
};

it('what was added before digests were kept is known by its text, and by nothing once that is forgotten', () => {
  expect(() => checkRepeated({ digest: null, text: 'text' }, submission)).not.toThrow();
  expect(() => checkRepeated({ digest: null, text: 'other' }, submission)).toThrow(IdempotencyKeyReused);
  expect(() => checkRepeated({ digest: null, text: null }, submission)).toThrow(IdempotencyKeyReused);
});
