import * as z from 'zod';

/** Any Standard Schema will do. */
export const Order = z.object({
  id: z.string().min(1),
  customer: z.string(),
  cents: z.coerce.number().int().positive(),
});
export type Order = z.infer<typeof Order>;
