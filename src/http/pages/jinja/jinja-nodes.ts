import { nodes } from './nunjucks-internals.js';
import type { NodeType } from './nunjucks-internals.js';

const { Node } = nodes as Record<'Node', NodeType>;

/** What a `for` goes through: `list`, those items for which `condition` holds. */
export const Items: NodeType = Node.extend('Items', { fields: ['target', 'list', 'condition'] });
/** `list[start:stop:step]`. */
export const Slice: NodeType = Node.extend('Slice', { fields: ['list', 'start', 'stop', 'step'] });
/** `{% with a=1 %}`; `targets` and `values` are lists of equal length. */
export const With: NodeType = Node.extend('With', { fields: ['targets', 'values', 'body'] });
/** `{% autoescape false %}`; `on` is a literal. */
export const Autoescape: NodeType = Node.extend('Autoescape', { fields: ['on', 'body'] });
/** `{% do list.append(1) %}`. */
export const Do: NodeType = Node.extend('Do', { fields: ['expression'] });
