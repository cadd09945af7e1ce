import { type Component, type Property, parameter, properties } from '@isched/icalendar';
import { momentKey, momentOfText, type ZonedCalendar } from './zoned.ts';

/** One instance that a series leaves out. */
export interface Excluded {
  readonly key: string;
  /** Written as a RECURRENCE-ID. */
  readonly line: Property;
  /** The EXDATE it is from. */
  readonly source: Property;
}

/** The instances that a series leaves out by EXDATE. @throws nothing. */
export function excludedMoments(master: Component, within: ZonedCalendar): readonly Excluded[] {
  return properties(master, 'EXDATE').flatMap((line) => {
    const tzid = parameter(line, 'TZID');
    const parameters = line.parameters.filter(({ name }) => name === 'TZID' || name === 'VALUE');
    return line.value.split(',').flatMap((text): readonly Excluded[] => {
      const moment = momentOfText(text.trim(), tzid, within);
      if (!moment) return [];
      return [
        {
          key: momentKey(moment),
          line: { kind: 'property', name: 'RECURRENCE-ID', parameters, value: text.trim() },
          source: line,
        },
      ];
    });
  });
}
