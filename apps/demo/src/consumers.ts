import { Consumer, type Delivery, OnBatch, OnMessage, OnStream, settle } from '@cometmq/sdk';
import type { Observable } from 'rxjs';
import type { Flight } from './flights.js';
import type { Tally } from './tally.js';

export const TOPIC = 'flights';

/** Every flight, in order per airport of departure: the queue of an airport has one owner at a time. */
@Consumer({ group: 'airport-ledger', topic: TOPIC, mode: 'orderly', consumeFrom: 'first' })
export class AirportLedger {
  constructor(private readonly tally: Tally) {}

  @OnMessage()
  departed(flight: Flight): void {
    this.tally.add(flight);
  }
}

/** Only what the broker lets through by its tag. */
@Consumer({ group: 'delay-desk', topic: TOPIC, consumeFrom: 'first' })
export class DelayDesk {
  constructor(private readonly tally: Tally) {}

  @OnMessage({ filter: { tags: ['delayed'] } })
  delayed(flight: Flight): void {
    this.tally.add(flight);
  }
}

/** Up to a hundred flights a call. */
@Consumer({ group: 'mileage', topic: TOPIC, consumeFrom: 'first' })
export class Mileage {
  constructor(private readonly tally: Tally) {}

  @OnBatch(TOPIC, { size: 100, lingerMs: 50 })
  flown(flights: readonly Flight[]): void {
    for (const flight of flights) this.tally.add(flight);
  }
}

/** An Rx stream with at most 256 flights in flight. */
@Consumer({ group: 'live-board', topic: TOPIC, consumeFrom: 'first' })
export class LiveBoard {
  constructor(private readonly tally: Tally) {}

  @OnStream({ maxInFlight: 256 })
  shown(departures: Observable<Delivery<Flight>>): Observable<unknown> {
    return departures.pipe(settle((message) => this.tally.add(message.body), { concurrency: 16 }));
  }
}
