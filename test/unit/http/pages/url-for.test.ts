import { describe, expect, it } from 'vitest';
import { createUrlFor } from '../../../../src/http/pages/url-for.js';

const keywords = (values: object): object => ({ ...values, __keywords: true });

describe('url_for', () => {
  const urlFor = createUrlFor('../');

  it.each([
    [['static', keywords({ path: '/js/custom.js' })], '../static/js/custom.js'],
    [['static', keywords({ path: 'js/custom.js' })], '../static/js/custom.js'],
    [['static', keywords({ filename: 'a b#1?.png' })], '../static/a%20b%231%3F.png'],
    [['static', 'img/x.png'], '../static/img/x.png'],
    [['homepage'], '../'],
    [['offer'], '../offer'],
    [['close_connection'], '../close_connection'],
    [['__homepage'], '../'],
    [['__reset_connections'], '../close_connection'],
  ])('%j is %s', ([name, ...rest], url) => {
    expect(urlFor(name, ...rest)).toBe(url);
  });

  it.each([['nowhere'], [''], [undefined], [{}], ['constructor'], ['__proto__']])(
    'refuses the route %o and names those there are',
    (name) => {
      expect(() => urlFor(name)).toThrow(TypeError);
      expect(() => urlFor(name)).toThrow('homepage');
    },
  );

  it('refuses static without a path', () => {
    expect(() => urlFor('static')).toThrow("path='...'");
  });
});
