import { describe, expect, it } from 'vitest';
import { coverageOf, mentionsInData, mentionsInTest, parseRequirements } from './requirements.ts';

const entry = (id: string, more = ''): string =>
  `- { id: ${id}, source: 's §1', text: 'It holds.', level: must, side: both${more} }\n`;

describe('reading the requirements', () => {
  it('reads lines with and without a reason', () => {
    const { requirements, faults } = parseRequirements(entry('IS-1.1') + entry('Q2', ", reason: 'the peer does it'"));
    expect(faults).toEqual([]);
    expect(requirements.map((one) => [one.id, one.reason])).toEqual([
      ['IS-1.1', undefined],
      ['Q2', 'the peer does it'],
    ]);
  });

  it('finds a duplicate id', () => {
    expect(parseRequirements(entry('DO-1.1') + entry('DO-1.1')).faults).toEqual([
      'requirements.yaml: DO-1.1 stands there twice',
    ]);
  });

  it.each([
    ['an id of another form', entry('IS-1')],
    ['an empty reason', entry('IS-1.1', ", reason: ''")],
    ['an unknown field', entry('IS-1.1', ', because: x')],
    ['an unknown level', entry('IS-1.1').replace('must', 'shall')],
    ['an unknown side', entry('IS-1.1').replace('both', 'nobody')],
    ['a missing text', "- { id: IS-1.1, source: 's', level: must, side: both }"],
    ['something else than a mapping', '- IS-1.1'],
  ])('finds %s', (_what, text) => {
    const { requirements, faults } = parseRequirements(text);
    expect(requirements).toEqual([]);
    expect(faults).toHaveLength(1);
  });
});

describe('finding ids in tests', () => {
  const ids = (source: string): readonly string[] => mentionsInTest('a.test.ts', source).mentions.map((one) => one.id);

  it('finds one id, several ids, ids on the next line, in double quotes and in templates', () => {
    expect(
      ids(
        "it('[IS-4.5] x', f);\nit.each(rows)(\n  '[DO-3.1, Q41] y',\n  f);\ndescribe(\"[Q1] z\", f);\nit(`[Q2] ${a}`, f);",
      ),
    ).toEqual(['IS-4.5', 'DO-3.1', 'Q41', 'Q1', 'Q2']);
  });

  it('finds ids in the rows of a data-driven test', () => {
    expect(ids("it.each([['IS-4.3', 400], ['IS-4.4, Q18', 415]])('[%s] answers %i', f);")).toEqual([
      'IS-4.3',
      'IS-4.4',
      'Q18',
    ]);
  });

  it('counts neither skipped nor planned tests, nor comments', () => {
    expect(
      ids("it.skip('[Q1] x', f);\nit.todo('[Q2] y');\ndescribe.skip('[Q3] z', f);\n// it('[Q4] w', f);\n * '[Q5] v'"),
    ).toEqual([]);
  });

  it('counts a test that runs only where its data is', () => {
    expect(ids("describe.skipIf(corpus === undefined)('[Q6] x', f);")).toEqual(['Q6']);
  });

  it.each(['[IS-4.5-4.7] x', '[Q1–Q3] x', '[Q1..Q3] x', '[IS-4.5 Q1] x', '[IS-4.5, ] x'])('refuses %s', (title) => {
    const { mentions, faults } = mentionsInTest('a.test.ts', `it('${title}', f);`);
    expect(mentions).toEqual([]);
    expect(faults).toHaveLength(1);
  });

  it('says where an id stands', () => {
    expect(mentionsInTest('p/a.test.ts', "\n\nit('[Q7] x', f);").mentions).toEqual([
      { id: 'Q7', file: 'p/a.test.ts', line: 3 },
    ]);
  });
});

describe('finding ids in data files', () => {
  it('finds the requirements of each vector, in JSON and in YAML', () => {
    const ids = (text: string): readonly string[] => mentionsInData('v', text).mentions.map((one) => one.id);
    expect(ids('{"vectors":[{"requirements":["DO-1.1","Q40"]},{"requirements":["DO-2.4"]}]}')).toEqual([
      'DO-1.1',
      'Q40',
      'DO-2.4',
    ]);
    expect(ids('a.txt:\n  requirements: [IS-4.3]\n')).toEqual(['IS-4.3']);
  });

  it('refuses what is no id', () => {
    expect(mentionsInData('v.json', '{"requirements":["DO-1"]}').faults).toEqual([
      'v.json: "DO-1" in requirements is no id',
    ]);
  });
});

describe('coverage', () => {
  const { requirements } = parseRequirements(
    entry('Q1') + entry('Q2', ', reason: x') + entry('Q3') + entry('Q4', ', reason: x'),
  );
  const mention = (id: string): { id: string; file: string; line: number } => ({ id, file: 'a.test.ts', line: 9 });

  it('puts each line in exactly one list', () => {
    const { withTests, withReason, open, faults } = coverageOf(requirements, [mention('Q1'), mention('Q4')]);
    expect([withTests, withReason, open].map((list) => list.map((one) => one.id))).toEqual([
      ['Q1', 'Q4'],
      ['Q2'],
      ['Q3'],
    ]);
    expect(faults).toEqual([]);
  });

  it('names the test that names an unknown line', () => {
    expect(coverageOf(requirements, [mention('Q9')]).faults).toEqual(['a.test.ts:9: there is no requirement Q9']);
  });
});
