import type { PipeTransform } from '@nestjs/common';
import { RejectMessageError } from '@cometmq/sdk';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type Outcome = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

/** The part of a Standard Schema (zod, valibot, arktype, …; https://standardschema.dev) that is used here. */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    // A method: schemas declare narrower results.
    validate(value: unknown): unknown;
  };
}

export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = (value as { '~standard'?: unknown })['~standard'];
  return typeof standard === 'object' && standard !== null && 'validate' in standard;
}

function describeIssue({ message, path = [] }: Issue): string {
  const at = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return at === '' ? message : `${at}: ${message}`;
}

/** A payload that is not as its schema says. Not caught by a filter it sends the message to the dead letters: no later try can do better. */
export class PayloadValidationError extends RejectMessageError {
  /** What the schema found. */
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(`the payload is not valid: ${issues.map(describeIssue).join('; ')}`);
    this.issues = issues;
  }
}

/** Validates with a Standard Schema and hands on what the schema made of the value. */
export class StandardSchemaPipe implements PipeTransform {
  readonly #schema: StandardSchema;

  constructor(schema: StandardSchema) {
    this.#schema = schema;
  }

  /** Throws PayloadValidationError. */
  async transform(value: unknown): Promise<unknown> {
    const outcome = (await this.#schema['~standard'].validate(value)) as Outcome;
    if (outcome.issues !== undefined) throw new PayloadValidationError(outcome.issues);
    return outcome.value;
  }
}
