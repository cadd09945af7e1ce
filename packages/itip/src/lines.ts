import {
  type Component,
  type ComponentChild,
  type Parameter,
  type Property,
  subcomponents,
  withChildren,
} from '@isched/icalendar';

/** Says whether two properties say the same; the order of parameters and the way a line is folded don't count. @throws nothing. */
export function sameProperty(left: Property, right: Property): boolean {
  if (left === right || (left.source !== undefined && left.source === right.source)) return true;
  if (left.name !== right.name || left.value !== right.value) return false;
  const { length } = left.parameters;
  if (length !== right.parameters.length) return false;
  for (let at = 0; at < length; at++) {
    const one = left.parameters[at] as Parameter;
    const there = right.parameters[at] as Parameter;
    const other = there.name === one.name ? there : right.parameters.find(({ name }) => name === one.name);
    if (other === undefined || !sameTexts(one.values, other.values)) return false;
  }
  return true;
}

/** Says whether two components hold the same lines in the same order. @throws nothing. */
export function sameComponent(left: Component, right: Component): boolean {
  if (left === right) return true;
  if (left.name !== right.name || left.children.length !== right.children.length) return false;
  return left.children.every((child, index) => {
    const other = right.children[index] as ComponentChild;
    if (child.kind === 'property') return other.kind === 'property' && sameProperty(child, other);
    return other.kind === 'component' && sameComponent(child, other);
  });
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  if (left.length === 1 && right.length === 1) return left[0] === right[0];
  return left.length === right.length && left.every((text, index) => text === right[index]);
}

/**
 * A component with the content of `wanted`, in which every line that says the same as before is the line from before,
 * in its place and byte for byte.
 *
 * @param before - the component as it is kept.
 * @param wanted - what it has to say.
 * @returns `before` itself when it says all that already.
 * @throws nothing.
 */
export function overlay(before: Component, wanted: Component): Component {
  const properties = overlayInPlace(before, wanted) ?? overlayProperties(before, wanted);
  const inner = overlayComponents(before, wanted);
  const children = [...properties, ...inner];
  const same = children.length === before.children.length && inOrder(before, children);
  return same ? before : withChildren(before, children);
}

/** Properties stand before the components in it: `before` may have mixed them, which is no reason to change it. */
function inOrder(before: Component, children: readonly ComponentChild[]): boolean {
  if (before.children.every((child, at) => child === children[at])) return true;
  const kept = new Set<ComponentChild>(children);
  return before.children.every((child) => kept.has(child));
}

/**
 * The usual case, in which each line stands where it stood and at most one of a name says something else: nothing has
 * to be looked for.
 *
 * @returns undefined in all other cases.
 */
function overlayInPlace(before: Component, wanted: Component): readonly Property[] | undefined {
  const placed: Property[] = [];
  const changed: string[] = [];
  const last = Math.max(before.children.length, wanted.children.length);
  for (let at = 0; at < last; at++) {
    const [old, fresh] = [before.children[at], wanted.children[at]];
    if (old?.kind !== 'property') {
      if (fresh?.kind === 'property') return undefined;
      continue;
    }
    if (fresh?.kind !== 'property' || fresh.name !== old.name) return undefined;
    const same = sameProperty(old, fresh);
    if (!same && changed.includes(old.name)) return undefined;
    if (!same) changed.push(old.name);
    placed.push(same ? old : fresh);
  }
  return placed;
}

function overlayProperties(before: Component, wanted: Component): readonly Property[] {
  const open = new Map<string, Property[]>(); // by name and value, so that a thousand attendees cost no million comparisons
  for (const child of wanted.children) if (child.kind === 'property') push(open, `${child.name}:${child.value}`, child);
  const used = new Set<Property>();
  const slots = before.children
    .filter((child) => child.kind === 'property')
    .map((child) => {
      const same = open
        .get(`${child.name}:${child.value}`)
        ?.find((each) => !used.has(each) && sameProperty(each, child));
      if (same) used.add(same);
      return { before: child, kept: same !== undefined };
    });
  const rest = new Map<string, Property[]>();
  for (const child of wanted.children) {
    if (child.kind === 'property' && !used.has(child)) push(rest, child.name, child);
  }
  const placed = slots.flatMap((slot) => {
    if (slot.kept) return [slot.before];
    const next = rest.get(slot.before.name)?.shift(); // a line that changed takes the place of the one it replaces
    return next ? [next] : [];
  });
  const added = [...rest.values()].flat();
  return [...placed, ...added];
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}

function overlayComponents(before: Component, wanted: Component): readonly Component[] {
  const open = [...subcomponents(wanted)];
  const kept = subcomponents(before).filter((component) => {
    const index = open.findIndex((candidate) => sameComponent(candidate, component));
    if (index === -1) return false;
    open.splice(index, 1);
    return true;
  });
  return [...kept, ...open];
}
