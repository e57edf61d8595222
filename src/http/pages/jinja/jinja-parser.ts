import { Autoescape, Do, Items, Slice, With } from './jinja-nodes.js';
import { lexer, nodes, parser } from './nunjucks-internals.js';
import type { NodeType, SyntaxNode } from './nunjucks-internals.js';

const {
  Array: List,
  Group,
  InlineIf,
  Literal,
  LookupVal,
  NodeList,
  Set,
} = nodes as Record<
  'Array' | 'Group' | 'InlineIf' | 'Literal' | 'LookupVal' | 'NodeList' | 'Set',
  NodeType
>;
const { Symbol: Name } = nodes as Record<'Symbol', NodeType>;
const comma = lexer['TOKEN_COMMA'] ?? '';
const colon = lexer['TOKEN_COLON'] ?? '';
const operator = lexer['TOKEN_OPERATOR'] ?? '';
const bracketLeft = lexer['TOKEN_LEFT_BRACKET'] ?? '';
const bracketRight = lexer['TOKEN_RIGHT_BRACKET'] ?? '';
const blockEnd = lexer['TOKEN_BLOCK_END'] ?? '';

/** Reads Jinja2 where nunjucks' own parser reads something else, or nothing. */
class JinjaParser extends parser.Parser {
  override parseStatement(): SyntaxNode | null {
    switch (this.peekToken().value) {
      case 'with':
        return this.#parseWith();
      case 'autoescape':
        return this.#parseAutoescape();
      case 'do':
        return this.#parseDo();
      default:
        return super.parseStatement();
    }
  }

  /** `for x in list if condition`: to nunjucks an inline `if` without `else`. */
  override parseFor(): SyntaxNode {
    const node = super.parseFor();
    if (!isA(node, nodes['For'])) return node;
    const { arr, lineno, colno } = node;
    const filters = isA(arr, InlineIf) && arr.else_ === null;
    const [list, condition] = filters ? [arr.body, arr.cond] : [arr, null];
    node.arr = new Items(lineno, colno, node.name, list, condition);
    return node;
  }

  /** `set a, b = pair` takes the pair apart. */
  override parseSet(): SyntaxNode {
    const { lineno, colno } = this.nextToken();
    const targets: SyntaxNode[] = [];
    do targets.push(this.parsePrimary());
    while (this.skip(comma));
    const bad = targets.find((target) => !isA(target, Name));
    if (bad) this.fail('set: expected the name of a variable', bad.lineno, bad.colno);
    const set = (target: SyntaxNode, value: SyntaxNode | null): SyntaxNode =>
      new Set(lineno, colno, [target], value);
    const [first] = targets as [SyntaxNode];
    if (!this.skipValue(operator, '=')) {
      if (targets.length > 1) this.fail('set: expected =', lineno, colno);
      this.advanceAfterBlockEnd('set');
      const node = set(first, null);
      node.body = new (nodes['Capture'] as NodeType)(
        lineno,
        colno,
        this.parseUntilBlocks('endset'),
      );
      this.advanceAfterBlockEnd();
      return node;
    }
    const value = this.#parseTuple();
    this.advanceAfterBlockEnd('set');
    if (targets.length === 1) return set(first, value);
    const whole = new Name(lineno, colno, '_unpacked');
    const parts = targets.map((target, index) =>
      set(target, new LookupVal(lineno, colno, whole, new Literal(lineno, colno, index))),
    );
    return new NodeList(lineno, colno, [set(whole, value), ...parts]);
  }

  /** `(1, 2)` is a list to us; to nunjucks its last item. */
  override parseAggregate(): SyntaxNode | null {
    const node = super.parseAggregate();
    if (!node || !isA(node, Group) || node.children.length === 1) return node;
    return new List(node.lineno, node.colno, node.children);
  }

  /** `list[1:]`, beside what nunjucks knows. */
  override parsePostfix(node: SyntaxNode): SyntaxNode {
    let result = node;
    for (;;) {
      const { type, value, lineno, colno } = this.peekToken() ?? {};
      if (type === bracketLeft) {
        this.nextToken();
        result = this.#parseIndex(result);
      } else if (type === lexer['TOKEN_LEFT_PAREN']) {
        const call = nodes['FunCall'] as NodeType;
        result = new call(lineno, colno, result, this.parseSignature());
      } else if (type === operator && value === '.') {
        this.nextToken();
        const { type: kind, value: key } = this.nextToken();
        const known = kind === lexer['TOKEN_SYMBOL'] || kind === lexer['TOKEN_INT'];
        if (!known) this.fail(`expected a name after the dot, got ${key}`, lineno, colno);
        result = new LookupVal(lineno, colno, result, new Literal(lineno, colno, key));
      } else {
        return result;
      }
    }
  }

  #parseIndex(list: SyntaxNode): SyntaxNode {
    const { lineno, colno } = list;
    const ends = (): boolean => [colon, bracketRight].includes(this.peekToken().type);
    const parts: (SyntaxNode | null)[] = [ends() ? null : this.parseExpression()];
    while (this.skip(colon)) parts.push(ends() ? null : this.parseExpression());
    if (!this.skip(bracketRight)) this.fail('expected ] after the index', lineno, colno);
    const [start, stop = null, step = null] = parts;
    if (parts.length > 3) this.fail('a slice has three parts', lineno, colno);
    if (parts.length > 1) return new Slice(lineno, colno, list, start, stop, step);
    if (!start) this.fail('the index is missing', lineno, colno);
    return new LookupVal(lineno, colno, list, start);
  }

  /** `1, 2` without parentheses. */
  #parseTuple(): SyntaxNode {
    const first = this.parseExpression();
    if (this.peekToken().type !== comma) return first;
    const items = [first];
    while (this.skip(comma)) {
      if (this.peekToken().type === blockEnd) break;
      items.push(this.parseExpression());
    }
    return new List(first.lineno, first.colno, items);
  }

  #parseWith(): SyntaxNode {
    const { lineno, colno } = this.nextToken();
    const targets = new List(lineno, colno);
    const values = new List(lineno, colno);
    while (this.peekToken().type !== blockEnd) {
      if (targets.children.length > 0 && !this.skip(comma)) {
        this.fail('with: expected a comma', lineno, colno);
      }
      const target = this.parsePrimary(true);
      if (!isA(target, Name) || !this.skipValue(operator, '=')) {
        this.fail('with: expected name=value', lineno, colno);
      }
      targets.addChild(target);
      values.addChild(this.parseExpression());
    }
    this.advanceAfterBlockEnd('with');
    const body = this.parseUntilBlocks('endwith');
    this.advanceAfterBlockEnd();
    return new With(lineno, colno, targets, values, body);
  }

  #parseAutoescape(): SyntaxNode {
    const { lineno, colno } = this.nextToken();
    const word = this.nextToken().value;
    if (!/^(true|false)$/i.test(word)) {
      this.fail('autoescape: expected true or false', lineno, colno);
    }
    this.advanceAfterBlockEnd('autoescape');
    const body = this.parseUntilBlocks('endautoescape');
    this.advanceAfterBlockEnd();
    const on = new Literal(lineno, colno, word.toLowerCase() === 'true');
    return new Autoescape(lineno, colno, on, body);
  }

  #parseDo(): SyntaxNode {
    const { lineno, colno } = this.nextToken();
    const expression = this.parseExpression();
    this.advanceAfterBlockEnd('do');
    return new Do(lineno, colno, expression);
  }
}

/** Reads a template. */
export function parseJinja(source: string): SyntaxNode {
  // `{%+ if %}` switches off a trimming that is off here
  const plain = source.replace(/\{%\+/g, '{% ').replace(/\+%\}/g, ' %}');
  return new JinjaParser(lexer.lex(plain, {})).parseAsRoot();
}

function isA(node: SyntaxNode, type: NodeType | undefined): boolean {
  return type !== undefined && node instanceof type;
}
