/**
 * The lossless tree. Every line keeps the text it came with until somebody changes it; a changed line loses its source
 * and is written anew. Trees are never mutated: each function answers a new tree that shares what did not change.
 */

/** One parameter of a property, its values unquoted and without RFC 6868 escapes. */
export interface Parameter {
  /** Upper case. */
  readonly name: string;
  /** At least one. */
  readonly values: readonly string[];
}

/** One content line. */
export interface Property {
  readonly kind: 'property';
  /** Upper case. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** What stands after the colon, unfolded, escapes untouched. */
  readonly value: string;
  /** The line as it came, folds and line end included; absent: made or changed here. */
  readonly source?: string | undefined;
}

export interface Component {
  readonly kind: 'component';
  /** Upper case. */
  readonly name: string;
  /** Properties and components in the order they came. */
  readonly children: readonly ComponentChild[];
  /** The BEGIN and END lines as they came. */
  readonly source?: { readonly begin: string; readonly end: string } | undefined;
}

export type ComponentChild = Property | Component;

/** Makes a property. @throws nothing. */
export function makeProperty(name: string, value: string, parameters: Readonly<Record<string, string>> = {}): Property {
  const list = Object.entries(parameters).map(([key, text]) => ({ name: key.toUpperCase(), values: [text] }));
  return { kind: 'property', name: name.toUpperCase(), parameters: list, value };
}

/** Makes a component. @throws nothing. */
export function makeComponent(name: string, children: readonly ComponentChild[]): Component {
  return { kind: 'component', name: name.toUpperCase(), children };
}

/** All properties, or those of one name (upper case), in order. @throws nothing. */
export function properties(component: Component, name?: string): readonly Property[] {
  const found: Property[] = []; // a loop, here and below: nothing is called more often
  for (const child of component.children) {
    if (child.kind === 'property' && (name === undefined || child.name === name)) found.push(child);
  }
  return found;
}

/** The first property of a name (upper case). @throws nothing. */
export function property(component: Component, name: string): Property | undefined {
  for (const child of component.children) if (child.kind === 'property' && child.name === name) return child;
  return undefined;
}

/** The value of the first property of a name, escapes untouched. @throws nothing. */
export function propertyValue(component: Component, name: string): string | undefined {
  return property(component, name)?.value;
}

/** All sub-components, or those of one name (upper case), in order. @throws nothing. */
export function subcomponents(component: Component, name?: string): readonly Component[] {
  const found: Component[] = [];
  for (const child of component.children) {
    if (child.kind === 'component' && (name === undefined || child.name === name)) found.push(child);
  }
  return found;
}

/** The first value of a parameter (name in upper case). @throws nothing. */
export function parameter(of: Property, name: string): string | undefined {
  for (const candidate of of.parameters) if (candidate.name === name) return candidate.values[0];
  return undefined;
}

/** The component with other children. @throws nothing. */
export function withChildren(component: Component, children: readonly ComponentChild[]): Component {
  return { ...component, children };
}

/** The component with `change` applied to each child; a child answered as undefined is left out. @throws nothing. */
export function mapChildren(
  component: Component,
  change: (child: ComponentChild) => ComponentChild | undefined,
): Component {
  const children: ComponentChild[] = [];
  let same = true;
  for (const child of component.children) {
    const changed = change(child);
    if (changed !== child) same = false;
    if (changed !== undefined) children.push(changed);
  }
  return same ? component : withChildren(component, children);
}

/**
 * The component with this as its only property of that name: in the first one's place, or before the first
 * sub-component where there was none.
 *
 * @throws nothing.
 */
export function withProperty(component: Component, replacement: Property): Component {
  let placed = false;
  const changed = mapChildren(component, (child) => {
    if (child.kind !== 'property' || child.name !== replacement.name) return child;
    if (placed) return undefined;
    placed = true;
    return replacement;
  });
  return placed ? changed : withAddedProperties(component, [replacement]);
}

/** The component with properties added after those it has. @throws nothing. */
export function withAddedProperties(component: Component, added: readonly Property[]): Component {
  if (added.length === 0) return component;
  const last = component.children.findLastIndex((child) => child.kind === 'property');
  return withChildren(component, component.children.toSpliced(last + 1, 0, ...added));
}

/** The component without the properties of these names (upper case). @throws nothing. */
export function withoutProperties(component: Component, ...names: readonly string[]): Component {
  return mapChildren(component, (child) =>
    child.kind === 'property' && names.includes(child.name) ? undefined : child,
  );
}

/** The property with another value; it loses its source. @throws nothing. */
export function withValue(of: Property, value: string): Property {
  return value === of.value ? of : { ...of, value, source: undefined };
}

/**
 * The property with a parameter set, or taken away with `undefined`; it loses its source only if that changes it.
 *
 * @throws nothing.
 */
export function withParameter(of: Property, name: string, value: string | undefined): Property {
  const present = of.parameters.find((candidate) => candidate.name === name);
  if (value === undefined ? !present : present?.values.length === 1 && present.values[0] === value) return of;
  const others = of.parameters.filter((candidate) => candidate !== present);
  if (value === undefined) return { ...of, parameters: others, source: undefined };
  const set: Parameter = { name, values: [value] };
  const parameters = present
    ? of.parameters.map((candidate) => (candidate === present ? set : candidate))
    : [...of.parameters, set];
  return { ...of, parameters, source: undefined };
}
