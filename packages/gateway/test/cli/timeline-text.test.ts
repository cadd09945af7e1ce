import { epochMs } from '@isched/values';
import type { Decision, QueuedDelivery } from 'isched';
import { expect, it } from 'vitest';
import { timelineLines } from '../../src/cli/timeline-text.ts';

const forged = 'ok\r\n2026-11-23T12:00:01Z  To mailto:x@y.example\u2028and more\u0085\u009b2J\u001b[2J\u202e';

it('has one line for each decision and each delivery, whatever was written by whom', () => {
  const decision: Decision = {
    at: epochMs(Date.UTC(2026, 10, 23, 12)),
    direction: 'outbound',
    reason: 'sent-answered',
    originator: 'mailto:a@alpha.example',
    recipient: `mailto:${forged}`,
    method: 'REQUEST',
    uid: 'u',
    requestStatus: `2.0;${forged}`,
    detail: forged,
  };
  const held = {
    state: 'held',
    recipient: `mailto:${forged}`,
    submission: { originator: `mailto:${forged}`, method: 'REQUEST' },
  } as unknown as QueuedDelivery;
  const lines = timelineLines([decision], [held]);
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e]/);
});
