import { describe, expect, it } from 'vitest';
import { isDelayed, loadFlights } from '../src/flights.js';
import { failuresOf } from '../src/show.js';
import { Tally, totalsOf } from '../src/tally.js';

const flights = loadFlights(500);
const outcome = (tally: Tally, ordered = true) => ({ tally, expected: totalsOf(flights), ordered, repeatsAllowed: 1 });

describe('the demo notices', () => {
  it('nothing when all is well', () => {
    const tally = new Tally('g');
    for (const flight of flights) tally.add(flight);
    expect(failuresOf(outcome(tally))).toEqual([]);
  });

  it('a lost flight', () => {
    const tally = new Tally('g');
    for (const flight of flights.slice(1)) tally.add(flight);
    expect(failuresOf(outcome(tally)).join()).toMatch(/lost 1 flights/);
  });

  it('too many repeats', () => {
    const tally = new Tally('g');
    for (const flight of [...flights, flights[0]!, flights[1]!]) tally.add(flight);
    expect(failuresOf(outcome(tally)).join()).toMatch(/2 flights twice/);
  });

  it('an airport out of order, but not a repeat', () => {
    const tally = new Tally('g');
    const [first, second] = flights.filter(({ origin }) => origin === flights[0]!.origin);
    for (const flight of [second!, first!, ...flights]) tally.add(flight);
    expect(tally.orderViolations).toBe(1);
    expect(failuresOf({ ...outcome(tally), repeatsAllowed: 5 }).join()).toMatch(/1 flights out of order/);
  });

  it('real flights with delays on both sides of the tag', () => {
    expect(flights.some(isDelayed)).toBe(true);
    expect(flights.every(isDelayed)).toBe(false);
  });
});
