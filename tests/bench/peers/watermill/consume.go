package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-amqp/v3/pkg/amqp"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/jackc/pgx/v5/pgxpool"
)

const effects = `
CREATE TABLE IF NOT EXISTS inbox (id UUID PRIMARY KEY);
CREATE TABLE IF NOT EXISTS effect (thing UUID PRIMARY KEY, account UUID NOT NULL, name TEXT NOT NULL, times BIGINT NOT NULL);`

// apply is inbox and effect in one transaction, and in one statement: an event known by its id has
// no effect again.
const apply = `
WITH fresh AS (INSERT INTO inbox (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id)
INSERT INTO effect (thing, account, name, times) SELECT $2, $3, $4, 1 FROM fresh
ON CONFLICT (thing) DO UPDATE SET times = effect.times + 1`

// digits of the moment at which the command was sent, at the start of a name.
const moment = 16

func consume(stop context.Context, tuning tuning) error {
	pool, err := open(stop, "BENCH_CONSUMER_POSTGRES", 0)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(stop, effects); err != nil {
		return err
	}
	lags, err := os.OpenFile(setting("BENCH_LAGS"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer lags.Close()
	router, err := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})
	if err != nil {
		return err
	}
	for number := range tuning.consumer {
		in, err := amqp.NewSubscriber(broker(tuning), watermill.NopLogger{})
		if err != nil {
			return err
		}
		router.AddConsumerHandler(fmt.Sprintf("effects_%d", number), topic, in, func(msg *message.Message) error {
			return handle(msg, pool, lags)
		})
	}
	return router.Run(stop)
}

func handle(msg *message.Message, pool *pgxpool.Pool, lags *os.File) error {
	var event envelope
	if err := json.Unmarshal(msg.Payload, &event); err != nil {
		return err
	}
	if _, err := pool.Exec(msg.Context(), apply, event.ID, event.Data.ID, event.Data.Account, event.Data.Name); err != nil {
		return err
	}
	// One write of one line: lines of several handlers never mix.
	_, err := fmt.Fprintf(lags, "%s %016d\n", event.Data.Name[:moment], time.Now().UnixMicro())
	return err
}
