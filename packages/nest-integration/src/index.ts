/** The NestJS module comes with version 0.2; until then `mq.bind(…)` of `@cometmq/sdk` wires decorated classes. */
export {};
