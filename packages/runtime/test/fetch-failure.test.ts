import { DeadlinePassed } from '@isched/runtime';
import { expect, it } from 'vitest';
import { fetchErrorOf } from '../src/fetch-failure.ts';

const withCode = (code: string) => Object.assign(new Error('said by somebody'), { code });

it.each([
  [withCode('ECONNREFUSED'), 'connect-failed, nobody listens there (ECONNREFUSED)'],
  [withCode('CERT_HAS_EXPIRED'), 'certificate-invalid, CERT_HAS_EXPIRED'],
  [withCode('UND_ERR_SOCKET'), 'connect-failed'],
  [new DeadlinePassed('not done within 400 ms'), 'timeout'],
  [new Error('no code'), 'connect-failed'],
])(
  'a failure says what the system said, or what is wrong with a certificate, and nothing of the driver (%s)',
  (error, said) => {
    expect(fetchErrorOf(error).message).toBe(`the peer could not be asked: ${said}`);
  },
);
