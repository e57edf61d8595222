import { createRequire } from 'node:module';
import nunjucks from 'nunjucks';

// nunjucks exports these, but its types do not tell; they have been the same through all of 3.x.

/** A piece of a template's syntax tree. */
export interface SyntaxNode {
  readonly typename: string;
  readonly lineno: number;
  readonly colno: number;
  readonly children: SyntaxNode[];
  readonly value: unknown;
  // fields by kind of node
  name: SyntaxNode;
  arr: SyntaxNode;
  left: SyntaxNode;
  right: SyntaxNode;
  cond: SyntaxNode;
  body: SyntaxNode;
  else_: SyntaxNode | null;
  addChild(node: SyntaxNode): void;
}

/** Makes nodes of one kind. */
export interface NodeType {
  new (lineno: number, colno: number, ...fields: unknown[]): SyntaxNode;
  extend(name: string, members: { fields: string[] }): NodeType;
}

/** A word of a template. */
export interface Token {
  readonly type: string;
  readonly value: string;
  readonly lineno: number;
  readonly colno: number;
}

/** nunjucks' parser, as far as ours builds on it. */
export interface BaseParser {
  peekToken(): Token;
  nextToken(): Token;
  skip(type: string): boolean;
  skipValue(type: string, value: string): boolean;
  skipSymbol(value: string): boolean;
  fail(message: string, lineno?: number, colno?: number): never;
  advanceAfterBlockEnd(name?: string): Token;
  parseUntilBlocks(...names: string[]): SyntaxNode;
  parsePrimary(noPostfix?: boolean): SyntaxNode;
  parsePostfix(node: SyntaxNode): SyntaxNode;
  parseAggregate(): SyntaxNode | null;
  parseExpression(): SyntaxNode;
  parseSignature(): SyntaxNode;
  parseFor(): SyntaxNode;
  parseSet(): SyntaxNode;
  parseStatement(): SyntaxNode | null;
  parseAsRoot(): SyntaxNode;
}

/** What is known of variables while compiling. */
export interface CompileFrame {
  push(): CompileFrame;
  set(name: string, id: string): void;
}

/** nunjucks' compiler, as far as ours builds on it. */
export interface BaseCompiler {
  compile(node: SyntaxNode, frame?: CompileFrame): void;
  getCode(): string;
  assertType(node: SyntaxNode, ...types: NodeType[]): void;
  _emit(code: string): void;
  _emitLine(code: string): void;
  _tmpid(): string;
  _withScopedSyntax(emit: () => void): void;
}

type Runtime = Record<string, unknown> & {
  memberLookup(object: unknown, key: unknown): unknown;
  suppressValue(value: unknown, autoescape: boolean): unknown;
};

interface Internals {
  nodes: Record<string, NodeType>;
  lexer: { lex(source: string, options: object): unknown } & Record<string, string>;
  parser: { Parser: new (tokens: unknown) => BaseParser };
  compiler: { Compiler: new (templateName: string, throwOnUndefined: boolean) => BaseCompiler };
  runtime: Runtime;
  lib: { _prettifyError(path: string, withInternals: boolean, error: unknown): Error };
}

const internals = nunjucks as unknown as Internals;

export const nodes: Internals['nodes'] = internals.nodes;
export const lexer: Internals['lexer'] = internals.lexer;
export const parser: Internals['parser'] = internals.parser;
export const compiler: Internals['compiler'] = internals.compiler;
export const runtime: Internals['runtime'] = internals.runtime;
export const lib: Internals['lib'] = internals.lib;

type Transform = (tree: SyntaxNode, asyncFilters: string[], name: string) => SyntaxNode;

const transformer = createRequire(import.meta.url)('nunjucks/src/transformer.js') as {
  transform: Transform;
};

/** nunjucks' second pass over the tree: `super()` and the like. */
export const transform: Transform = transformer.transform;
