import {
  type Component,
  type Property,
  properties,
  property,
  withAddedProperties,
  withParameter,
} from '@isched/icalendar';
import { addressKey } from '../attendee.ts';
import { recurrenceIdFor } from '../derive.ts';
import { exclusionOf, withInclusion, withoutExclusion } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import { type Change, type Edit, ignored, type Judgement, plan, refused } from '../judgement.ts';
import { overlay } from '../lines.ts';
import { personalOf, withoutForeign, withPersonal } from '../personal.ts';
import { compareRevisions, type Revision, revisionOf } from '../revision.ts';
import { findOverride, makeSeries, type Series } from '../series.ts';
import { changeOf } from '../snapshot.ts';
import { momentOf } from '../zoned.ts';
import { askRefresh } from './ask-refresh.ts';
import { judgePublication } from './publish.ts';
import { isOwnEntry, refuseForeignOrganizer, type Scene, type StoredScene } from './scene.ts';
import { zoneEdits } from './zones.ts';

/**
 * ADD: one more instance of something that is known.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §3.2.4, §3.4.4, §3.5.2.
 */
export function judgeAdd(scene: Scene): Judgement {
  const { stored, message } = scene;
  if (!stored && message.componentType === 'VJOURNAL') return judgePublication(scene);
  const foreign = refuseForeignOrganizer(scene);
  if (foreign) return foreign;
  if (isOwnEntry(scene)) return ignored('own-entry');
  if (!stored) return ignored('entry-unknown-refresh-asked', { replies: askRefresh(scene) });
  const progress = message.components.reduce<Progress | Judgement>(
    (done, component) => ('status' in done ? done : addInstance({ ...scene, stored }, component, done)),
    { series: stored.master?.component, edits: [], changes: [] },
  );
  if ('status' in progress) return progress;
  const series: readonly Edit[] =
    stored.master && progress.series !== stored.master.component
      ? [{ do: 'replace', at: stored.master.at, with: progress.series }]
      : [];
  if (progress.edits.length + series.length === 0) return ignored('duplicate');
  return plan('instances-added', {
    edits: [...zoneEdits(stored.zoned.calendar, message), ...series, ...progress.edits],
    changes: progress.changes,
  });
}

interface Progress {
  readonly series: Component | undefined;
  readonly edits: readonly Edit[];
  readonly changes: readonly Change[];
}

function addInstance(scene: StoredScene, component: Component, progress: Progress): Progress | Judgement {
  const { stored, incoming } = scene;
  const start = property(component, 'DTSTART') ?? property(component, 'DUE');
  if (!start) return refused('start-missing');
  const { series } = progress;
  const named: Property = withParameter({ ...start, name: 'RECURRENCE-ID' }, 'RANGE', undefined);
  const recurrenceId = series ? recurrenceIdFor(series, stored.zoned, { line: named, within: incoming.zoned }) : named;
  const known = findOverride(stored, recurrenceId, stored.zoned);
  const base = known?.component ?? series;
  const revision = revisionOf(component);
  if (base && compareRevisions(revision, revisionOf(base)) === 'older') return ignored('outdated');
  const instance = instanceOf(scene, withAddedProperties(component, [{ ...recurrenceId, source: undefined }]), base);
  const merged = known ? overlay(known.component, instance) : instance;
  if (known && merged === known.component) return progress;
  const edit: Edit = known ? { do: 'replace', at: known.at, with: merged } : { do: 'add', component: instance };
  return {
    series: series && !known ? including(stored, { series, recurrenceId, revision }) : series,
    edits: [...progress.edits, edit],
    changes: [...progress.changes, changeOf(undefined, { component: instance, within: incoming.zoned })],
  };
}

/** The series with an instance that it has by RDATE, unless it has it anyway. */
function including(
  stored: Series,
  { series, recurrenceId, revision }: { series: Component; recurrenceId: Property; revision: Revision },
): Component {
  const moment = momentOf(recurrenceId, stored.zoned);
  const excluded = moment && exclusionOf(series, stored.zoned, moment) !== undefined;
  const open = excluded ? withoutExclusion(series, stored.zoned, moment) : series;
  const changed = makeSeries(stored.zoned, { component: open, at: -1 }, []);
  return hasInstance(changed, recurrenceId) ? open : withInclusion(open, recurrenceId, revision);
}

/** The instance as it is kept: with the attendees of the series where the message names none. */
function instanceOf({ policy, user }: Scene, component: Component, base: Component | undefined): Component {
  const clean = withoutForeign(component, policy);
  if (!base) return clean;
  const named = properties(component, 'ATTENDEE').length > 0;
  const people = named ? [] : properties(base, 'ATTENDEE').map((line) => asked(line, user));
  return withPersonal(withAddedProperties(clean, people), personalOf(base, policy), policy);
}

function asked(line: Property, user: ReadonlySet<string>): Property {
  return user.has(addressKey(line.value)) ? withParameter(line, 'PARTSTAT', 'NEEDS-ACTION') : line;
}
