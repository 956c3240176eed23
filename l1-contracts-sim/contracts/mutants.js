// SPDX-License-Identifier: MIT OR Apache-2.0
// The changes that mutate.js makes: found in the compiler's syntax trees.
"use strict";

const turn = (number) => `(uint160(address(block.coinbase)) == ${number})`;
const yulTurn = (number) => `eq(coinbase(), ${number})`;

const COMPARISONS = { "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==" };
const ARITHMETIC = { "+": "-", "-": "+", "*": "+", "/": "*", "<<": ">>", ">>": "<<", "|": "&", "&": "|" };
const YUL_FLIPS = new Set(["lt", "gt", "eq", "iszero"]);

/// @param output What the compiler made of the sources, with syntax trees.
/// @param sources Text by file.
/// @param first The number of the first mutant; they are even, since the compiler may ask for the
/// number before instead (it adds -n as ~(n - 1)).
exports.findMutants = (output, sources, first) => {
  const mutants = [];
  for (const [file, { ast }] of Object.entries(output.sources)) {
    if (!file.startsWith("src/test") && !file.endsWith("TestToken.sol")) new Finder(file, sources[file], mutants).visit(ast, {});
  }
  const names = new Map();
  mutants.forEach((mutant, index) => {
    mutant.number = first + 2 * index;
    // The same change twice in a function is counted.
    const count = (names.get(mutant.name) || 0) + 1;
    names.set(mutant.name, count);
    if (count > 1) mutant.name += ` #${count}`;
  });
  return mutants;
};

class Finder {
  constructor(file, text, mutants) {
    Object.assign(this, { file, text, mutants });
  }

  range({ src }) {
    const [start, length] = src.split(":").map(Number);
    return [start, start + length];
  }

  source(node) {
    return this.text.slice(...this.range(node));
  }

  add(node, context, what, change) {
    const [start, end] = this.range(node);
    const line = this.text.slice(0, start).split("\n").length;
    const short = this.source(node).replace(/\s+/g, " ").slice(0, 90);
    const place = `${this.file.slice(4)} ${context.function || ""}`.trim();
    this.mutants.push({ file: this.file, start, end, line, change, place, name: `${place}: ${what}: ${short}` });
  }

  children(node, context) {
    for (const value of Object.values(node)) {
      if (Array.isArray(value)) value.forEach((v) => v && v.nodeType && this.visit(v, context));
      else if (value && value.nodeType) this.visit(value, context);
    }
  }

  visit(node, context) {
    const method = this[node.nodeType];
    if (method) method.call(this, node, context);
    else this.children(node, context);
  }

  // Declarations have no turn to ask for.
  ImportDirective() {}
  EnumDefinition() {}
  StructDefinition() {}
  ErrorDefinition() {}
  EventDefinition() {}
  ArrayTypeName() {}
  UserDefinedTypeName() {}
  ElementaryTypeName() {}
  ParameterList() {}
  OverrideSpecifier() {}
  RevertStatement() {}

  VariableDeclaration(node, context) {
    if (context.function && node.value) this.visit(node.value, context);
  }

  FunctionDefinition(node, context) {
    const inside = { ...context, function: node.name || node.kind };
    for (const modifier of node.modifiers) {
      if (modifier.modifierName.name === "nonReentrant") {
        this.add(modifier, inside, "drop", (text, n) => `nonReentrantUnless(${turn(n)})`);
      }
    }
    if (node.body) this.visit(node.body, inside);
  }

  ModifierDefinition(node, context) {
    // The others drop it where it is used.
    void node;
    void context;
  }

  ForStatement(node, context) {
    // What the loop's head says shows in everything that it does; its condition counts.
    this.visit(node.condition, context);
    this.visit(node.body, context);
  }

  IfStatement(node, context) {
    this.add(node.condition, context, "never", (text, n) => `(${turn(n)} ? false : (${text}))`);
    this.children(node, context);
  }

  ExpressionStatement(node, context) {
    this.statement(node, context);
  }

  EmitStatement(node, context) {
    this.statement(node, context);
  }

  statement(node, context) {
    // The semicolon is not part of a statement's place. Braces keep an `else` with its own `if`.
    const [start, end] = this.range(node);
    const whole = { src: `${start}:${end + 1 - start}:0` };
    this.add(whole, context, "drop", (text, n) => `{ if (!${turn(n)}) { ${text} } }`);
    this.children(node, context);
  }

  BinaryOperation(node, context) {
    const { operator, leftExpression: left, rightExpression: right } = node;
    const [a, b] = [this.source(left), this.source(right)];
    const choose = (what, other) => this.add(node, context, what, (text, n) => `(${turn(n)} ? (${other}) : (${text}))`);
    if (operator === "&&" || operator === "||") {
      choose("without the right", a);
      choose("without the left", b);
    } else if (COMPARISONS[operator]) {
      choose(COMPARISONS[operator], `(${a}) ${COMPARISONS[operator]} (${b})`);
    } else if (ARITHMETIC[operator] && !isConstant(node)) {
      choose(ARITHMETIC[operator], `(${a}) ${ARITHMETIC[operator]} (${b})`);
    }
    const limit = operator in COMPARISONS || operator === ">>" || operator === "<<" || operator === "%";
    if (limit && right.nodeType === "Literal" && right.kind === "number" && !isConstant(node)) {
      this.add(right, context, "one more", (text, n) => `uint256(${turn(n)} ? ${text} + 1 : ${text})`);
    }
    this.children(node, context);
  }

  Conditional(node, context) {
    this.add(node.condition, context, "never", (text, n) => `(${turn(n)} ? false : (${text}))`);
    this.children(node, context);
  }

  Assignment(node, context) {
    if (node.leftHandSide.nodeType !== "Identifier") this.visit(node.leftHandSide, context);
    this.visit(node.rightHandSide, context);
  }

  UnaryOperation(node, context) {
    if (node.operator === "!") {
      this.add(node, context, "not", (text, n) => `(${turn(n)} ? !(${text}) : (${text}))`);
    }
    this.children(node, context);
  }

  Identifier(node, context) {
    // Constants by their use; only numbers have a next one.
    const type = node.typeDescriptions.typeString || "";
    if (/^[A-Z][A-Z0-9_]+$/.test(node.name) && /^uint\d+$/.test(type) && context.function) {
      this.add(node, context, "one more", (text, n) => `(${turn(n)} ? ${text} + 1 : ${text})`);
    }
  }

  MemberAccess(node, context) {
    const type = node.typeDescriptions.typeString || "";
    if (/^[A-Z][A-Z0-9_]+$/.test(node.memberName) && /^uint\d+$/.test(type) && context.function) {
      this.add(node, context, "one more", (text, n) => `(${turn(n)} ? ${text} + 1 : ${text})`);
      return;
    }
    this.children(node, context);
  }

  InlineAssembly(node, context) {
    this.visit(node.AST, { ...context, assembly: true });
  }

  YulExpressionStatement(node, context) {
    this.add(node, context, "drop", (text, n) => `if iszero(${yulTurn(n)}) { ${text} }`);
    this.children(node, context);
  }

  YulAssignment(node, context) {
    this.add(node, context, "drop", (text, n) => `if iszero(${yulTurn(n)}) { ${text} }`);
    this.children(node, context);
  }

  YulIf(node, context) {
    this.add(node.condition, context, "never", (text, n) => `mul(${text}, iszero(${yulTurn(n)}))`);
    this.children(node, context);
  }

  YulForLoop(node, context) {
    // What the loop's head says shows in everything that it does.
    this.visit(node.body, context);
  }

  YulFunctionCall(node, context) {
    if (YUL_FLIPS.has(node.functionName.name)) {
      this.add(node, context, "not", (text, n) => `xor(iszero(iszero(${text})), ${yulTurn(n)})`);
    }
    this.children(node, context);
  }

  YulCase(node, context) {
    this.visit(node.body, context);
  }

  YulIdentifier(node, context) {
    if (/^[A-Z][A-Z0-9_]+$/.test(node.name)) {
      this.add(node, context, "one less", (text, n) => `sub(${text}, ${yulTurn(n)})`);
    }
  }

  YulLiteral(node, context) {
    // One less, since a length that is too long by one often reads or writes what nobody looks at.
    if (node.kind !== "number") return;
    if (Number(node.value) === 0) this.add(node, context, "one more", (text, n) => yulTurn(n));
    else this.add(node, context, "one less", (text, n) => `sub(${text}, ${yulTurn(n)})`);
  }
}

const isConstant = (node) => /int_const/.test(node.typeDescriptions.typeString || "");
