import { describe, expect, it } from 'vitest';
import { faultStatus, isFaultCode, SchedulingFault } from '../src/fault.ts';

describe('faults', () => {
  // The table of the digest, §4, written down again.
  it.each([
    ['version-not-supported', 400],
    ['originator-missing', 400],
    ['too-many-originators', 400],
    ['originator-invalid', 400],
    ['recipient-missing', 400],
    ['invalid-calendar-data', 400],
    ['invalid-scheduling-message', 400],
  ] as const)('[IS-4.21] %s goes with %i', (code, status) => {
    expect(faultStatus[code]).toBe(status);
  });

  it('[IS-4.22] max-content-length goes with 413', () => {
    expect(faultStatus['max-content-length']).toBe(413);
  });

  it('[IS-4.23] invalid-calendar-data-type goes with 415', () => {
    expect(faultStatus['invalid-calendar-data-type']).toBe(415);
  });

  it.each([
    'max-recipients',
    'verification-failed',
    'originator-denied',
    'recipient-mismatch',
    'attachment-type-not-supported',
    'min-date-time',
    'max-date-time',
    'max-instances',
  ] as const)('[IS-4.24] %s goes with 403', (code) => {
    expect(faultStatus[code]).toBe(403);
  });

  it('knows its codes, and nothing that objects inherit', () => {
    expect(isFaultCode('max-recipients')).toBe(true);
    expect(isFaultCode('constructor')).toBe(false);
    expect(new SchedulingFault('max-recipients', 'Too many.').message).toBe('max-recipients: Too many.');
  });
});
