import type { Component, ComponentChild, Parameter, Property } from './component.ts';
import { checkName, writeContentLine } from './content-line.ts';
import { ICalendarError, quoted } from './errors.ts';
import { exceedsOctets, type ICalendarLimits, resolveLimits } from './limits.ts';
import { defaultValueType, formatValues, typedValues } from './values.ts';

/** A component in jCal: name, properties, components. */
export type JcalComponent = [name: string, properties: JcalProperty[], components: JcalComponent[]];

/** A property in jCal: name, parameters, type, values. */
export type JcalProperty = [
  name: string,
  parameters: Readonly<Record<string, string | readonly string[]>>,
  type: string,
  ...values: unknown[],
];

/**
 * Writes a component as jCal. Properties come before components, as jCal demands; a parameter that stands twice
 * becomes one with all values.
 *
 * @throws nothing.
 * @see RFC 7265 §3.
 */
export function formatJcal(component: Component): JcalComponent {
  const properties: JcalProperty[] = [];
  const components: JcalComponent[] = [];
  for (const child of component.children) {
    if (child.kind === 'component') components.push(formatJcal(child));
    else properties.push(formatJcalProperty(child));
  }
  return [component.name.toLowerCase(), properties, components];
}

function formatJcalProperty(property: Property): JcalProperty {
  const { type, values } = typedValues(property);
  const parameters = new Map<string, readonly string[]>();
  for (const { name, values: added } of property.parameters) {
    const key = name.toLowerCase();
    if (key !== 'value') parameters.set(key, [...(parameters.get(key) ?? []), ...added]);
  }
  const single = [...parameters].map(([name, all]) => [name, all.length === 1 ? (all[0] as string) : all] as const);
  return [property.name.toLowerCase(), Object.fromEntries(single), type, ...values];
}

/**
 * Reads a calendar object in jCal.
 *
 * @param json - the text, or what JSON.parse made of it.
 * @returns a VCALENDAR as `parseCalendar` answers it, but without source: it is written anew.
 * @throws ICalendarError `invalid-jcal`, `not-a-calendar`, or the code of a limit.
 * @see RFC 7265 §4.
 */
export function parseJcal(json: unknown, limits?: Partial<ICalendarLimits>): Component {
  const component = parseJcalComponent(json, limits);
  if (component.name !== 'VCALENDAR') throw new ICalendarError('not-a-calendar', 'no vcalendar');
  return component;
}

/** Reads any component in jCal. @throws ICalendarError as `parseJcal`. */
export function parseJcalComponent(json: unknown, limits?: Partial<ICalendarLimits>): Component {
  const bounds = resolveLimits(limits);
  const count: Count = { components: 0, properties: 0, limits: bounds };
  return readComponent(typeof json === 'string' ? readJson(json, bounds) : json, count, 1);
}

interface Count {
  components: number;
  properties: number;
  readonly limits: ICalendarLimits;
}

function readJson(text: string, { maxOctets }: ICalendarLimits): unknown {
  if (exceedsOctets(text, maxOctets)) throw new ICalendarError('too-large', `more than ${maxOctets} octets`);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ICalendarError('invalid-jcal', 'not JSON', { cause });
  }
}

function readComponent(json: unknown, count: Count, depth: number): Component {
  const { maxComponents, maxDepth } = count.limits;
  if (depth > maxDepth) throw new ICalendarError('too-deep', `more than ${maxDepth} levels`);
  if (++count.components > maxComponents) {
    throw new ICalendarError('too-many-components', `more than ${maxComponents} components`);
  }
  if (!Array.isArray(json) || json.length !== 3) throw invalid('a component is a list of three');
  const [name, properties, components] = json as unknown[];
  if (!Array.isArray(properties) || !Array.isArray(components)) throw invalid('a component has two lists');
  const children: ComponentChild[] = [];
  for (const property of properties as unknown[]) children.push(readProperty(property, count));
  for (const component of components as unknown[]) children.push(readComponent(component, count, depth + 1));
  return { kind: 'component', name: readName(name), children };
}

function readProperty(json: unknown, count: Count): Property {
  const { maxProperties, maxLineOctets } = count.limits;
  if (++count.properties > maxProperties) {
    throw new ICalendarError('too-many-properties', `more than ${maxProperties} properties`);
  }
  if (!Array.isArray(json) || json.length < 3) throw invalid('a property is a list of three and more');
  const [name, parameters, type, ...values] = json as unknown[];
  const property = { kind: 'property', name: readName(name) } as const;
  const valueType = readType(type);
  const list = readParameters(parameters, count.limits);
  if (valueType !== 'unknown' && valueType !== defaultValueType(property.name)) {
    list.push({ name: 'VALUE', values: [valueType.toUpperCase()] });
  }
  const value = values.length === 0 ? '' : formatValues(property.name, { type: valueType, values });
  const read: Property = { ...property, parameters: list, value };
  if (exceedsOctets(writable(read), maxLineOctets)) {
    throw new ICalendarError('line-too-long', `more than ${maxLineOctets} octets in ${property.name}`);
  }
  return read;
}

/** What can't be written as a content line is no property. */
function writable(property: Property): string {
  try {
    return writeContentLine(property);
  } catch (cause) {
    throw new ICalendarError('invalid-jcal', `${property.name} can't be written`, { cause });
  }
}

function readParameters(json: unknown, { maxParameters }: ICalendarLimits): Parameter[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw invalid('parameters are an object');
  const parameters: Parameter[] = [];
  let count = 0;
  for (const [name, value] of Object.entries(json)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    const isText = values.length > 0 && values.every((one) => typeof one === 'string');
    if (!isText || name.toLowerCase() === 'value') throw invalid(`parameter ${quoted(name)}`);
    count += values.length;
    if (count > maxParameters) throw new ICalendarError('too-many-parameters', `more than ${maxParameters} values`);
    parameters.push({ name: readName(name), values: values as readonly string[] });
  }
  return parameters;
}

function readType(type: unknown): string {
  if (typeof type !== 'string' || !/^[A-Za-z0-9-]{1,60}$/.test(type)) throw invalid('a type is a word');
  return type.toLowerCase();
}

function readName(name: unknown): string {
  try {
    if (typeof name !== 'string' || name.length > 100) throw invalid('a name is a short string');
    checkName(name);
    return name.toUpperCase();
  } catch (cause) {
    throw new ICalendarError('invalid-jcal', 'not a name', { cause });
  }
}

function invalid(what: string): ICalendarError {
  return new ICalendarError('invalid-jcal', `not jCal: ${what}`);
}
