import { HttpException, type Type } from '@nestjs/common';
import { EXCEPTION_FILTERS_METADATA, FILTER_CATCH_EXCEPTIONS } from '@nestjs/common/constants.js';
import { RejectMessageError } from '@cometmq/sdk';

/** Statuses that pipes and guards answer with when the message itself is at fault: no later try can do better. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 422]);

function textOf(error: HttpException): string {
  const response = error.getResponse();
  const detail = typeof response === 'object' ? (response as { readonly message?: unknown }).message : undefined;
  return Array.isArray(detail) ? detail.join('; ') : error.message;
}

/**
 * What becomes of an exception that no filter turned into a verdict: refusals of pipes and guards (HTTP 400, 401, 403, 422) reject the
 * message, everything else stays what it is, a retry unless it says otherwise.
 */
export function failureOf(error: unknown): Error {
  if (error instanceof HttpException && REFUSALS.has(error.getStatus()))
    return new RejectMessageError(`${error.getStatus()} ${textOf(error)}`, { cause: error });
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}

type FilterLike = Type<unknown> | { readonly constructor: unknown };

const filtersOf = (target: object): readonly FilterLike[] =>
  (Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, target) ?? []) as readonly FilterLike[];

/** Name of the filter at the method or class that was asked about an exception; undefined when none of them catches such. */
export function filterFor(error: unknown, method: object, cls: object): string | undefined {
  for (const filter of [...filtersOf(method), ...filtersOf(cls)]) {
    const filterClass = (typeof filter === 'function' ? filter : filter.constructor) as Type<unknown>;
    const caught = (Reflect.getMetadata(FILTER_CATCH_EXCEPTIONS, filterClass) ?? []) as readonly Type<unknown>[];
    if (caught.length === 0 || caught.some((type) => error instanceof type)) return filterClass.name;
  }
  return undefined;
}
