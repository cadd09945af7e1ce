import { faultStatus, troubleStatus } from '@isched/ischedule';
import { appliedReasons, ignoredReasons, refusedReasons } from '@isched/itip';
import { describe, expect, it } from 'vitest';
import { catalogue, explainReason, isReasonCode } from '../../src/decisions/catalogue.ts';

describe('the catalogue of reasons', () => {
  it.each(Object.entries(catalogue))('%s has a code for machines and a sentence for people', (code, help) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(help.text).toMatch(/^[A-Z].*\.$/);
    expect(help.advice ?? 'None.').toMatch(/^[A-Z].*\.$/);
  });

  it('holds every reason iTIP gives, with its verdict', () => {
    for (const code of Object.keys(appliedReasons)) expect(explainReason(code)?.verdict).toBe('applied');
    for (const code of Object.keys(ignoredReasons)) expect(explainReason(code)?.verdict).toBe('ignored');
    for (const code of Object.keys(refusedReasons)) expect(explainReason(code)?.verdict).toBe('refused');
  });

  it('holds every reason for which a request is refused as a whole', () => {
    for (const code of Object.keys({ ...faultStatus, ...troubleStatus })) expect(explainReason(code)).toBeDefined();
  });

  it('is closed', () => {
    expect(isReasonCode('unknown-user')).toBe(true);
    expect(isReasonCode('toString')).toBe(false);
    expect(explainReason('because')).toBeUndefined();
  });
});
