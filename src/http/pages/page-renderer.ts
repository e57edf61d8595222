import type { Request } from 'express';
import type nunjucks from 'nunjucks';
import type { PageInfo } from '../page-info.js';
import { createJinjaEnvironment } from './jinja-environment.js';
import { relativeRoot } from './relative-root.js';
import { templateRequest } from './template-request.js';
import { createUrlFor } from './url-for.js';

/** Renders the templates of a data directory, from disk each time, so that edits show on reload. */
export class PageRenderer {
  readonly #environment: nunjucks.Environment;
  readonly #page: () => PageInfo;

  /** @param templatesDirectory - Where `index.html` and the others lie. */
  constructor(templatesDirectory: string, page: () => PageInfo) {
    this.#environment = createJinjaEnvironment(templatesDirectory);
    this.#page = page;
  }

  /**
   * Renders `template` for `request`. The variables are listed in `docs/guide/page.md`.
   *
   * @param extra - More variables, e.g. `status`.
   * @throws nunjucks' error, with file, line and column, for a template that is missing or broken.
   */
  render(template: string, request: Request, extra: object = {}): Promise<string> {
    const variables = { ...this.#variables(request), ...extra };
    // with a callback nunjucks reports every failure once; without, some are thrown twice
    return new Promise((resolve, reject) => {
      this.#environment.render(template, variables, (error, html) => {
        if (error) reject(error);
        else resolve(html ?? '');
      });
    });
  }

  #variables(request: Request): object {
    const { streamName, version, iceServers } = this.#page();
    const urlFor = createUrlFor(relativeRoot(request));
    return {
      request: templateRequest(request, urlFor),
      url_for: urlFor,
      stream: { name: streamName },
      framegear: { version, config: { offer: urlFor('offer'), iceServers } },
    };
  }
}
