import { describe, expect, it } from 'vitest';
import { pathOf } from '../../src/discovery/service-text.ts';

describe('TXT beside SRV', () => {
  it('[IS-1.15] keeps strings apart', () => {
    expect(pathOf([['txtvers=1', 'path=/ischedule', 'x=y']])).toBe('/ischedule');
    expect(pathOf([['path=/isch', 'edule']])).toBe('/isch');
  });

  it('[IS-1.16] ignores the case of keys; the first wins', () => {
    expect(pathOf([['Path=/One', 'path=/two'], ['PATH=/three']])).toBe('/One');
    expect(pathOf([['path=nonsense', 'path=/two']])).toBeUndefined();
  });

  it('[IS-1.17] ignores what begins with =', () => {
    expect(pathOf([['=path=/no', 'path']])).toBeUndefined();
  });

  it.each([
    '',
    'ischedule',
    'https://evil.example/x',
    '//evil.example/x',
    '/\\evil.example',
    '/a b',
    '/a#b',
    '/a\r\nX: y',
    '/\u00e9',
  ])('[IS-1.18] %j is no path', (path) => {
    expect(pathOf([[`path=${path}`]])).toBeUndefined();
  });

  it.each(['/', '/ischedule', '/a/b?c=d', '/a%20b'])('[IS-1.18] %s is a path', (path) => {
    expect(pathOf([[`path=${path}`]])).toBe(path);
  });
});
