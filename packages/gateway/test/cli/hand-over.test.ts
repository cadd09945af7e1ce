import { expect, it } from 'vitest';
import { describeOutcome } from '../../src/cli/hand-over.ts';

it('tells an outcome in one line, whatever the peer has written', () => {
  const words = 'ok\r\nmailto:c@beta.example: 2.0;Success\u2028\u009b2J';
  const recipient = 'mailto:b@beta.example';
  expect(
    describeOutcome({ recipient, status: 'answered', requestStatus: '5.0;no', description: words, attempts: [] }),
  ).toBe('mailto:b@beta.example: 5.0;no, ok mailto:c@beta.example: 2.0;Success 2J');
});
