// A peer for the measurement of messaging: the same command, outbox, broker, inbox and effect with
// Watermill's SQL outbox and forwarder. Written for this measurement, as its documentation shows it.
//
// `watermill serve` takes commands by HTTP and forwards the outbox, `watermill consume` writes inbox
// and effect. Environment as in ../../messaging/src/settings.rs; BENCH_TUNED=1 runs several
// forwarders and consumers that poll often, otherwise everything is as the libraries have it, but
// for confirms, the quorum queue and durable messages, which all are measured with.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/ThreeDotsLabs/watermill-amqp/v3/pkg/amqp"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/rabbitmq/amqp091-go"
)

// topic is the only event's type.
const topic = "template.thing-changed"

// tuning is what differs between the defaults and the best that was found.
type tuning struct {
	lanes    int           // outbox tables, each with a forwarder of its own: one table is forwarded by one at a time
	consumer int           // subscriptions to the queue, each of which handles one message at a time
	prefetch int           // deliveries in flight to each
	poll     time.Duration // pause of a forwarder that found nothing; 0 leaves the library's second
	channels int           // channels kept for publishing; 0 opens one for each message
}

func tunings() tuning {
	if os.Getenv("BENCH_TUNED") == "1" {
		return tuning{lanes: 8, consumer: 8, prefetch: 300, poll: 5 * time.Millisecond, channels: 8}
	}
	return tuning{lanes: 1, consumer: 1, prefetch: 1}
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("expected serve or consume")
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	var err error
	switch os.Args[1] {
	case "serve":
		err = serve(stop, tunings())
	case "consume":
		err = consume(stop, tunings())
	default:
		err = fmt.Errorf("%s: expected serve or consume", os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}

// setting is a variable that must be there.
func setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatalf("%s: expected in the environment", name)
	}
	return value
}

// open connects to a database; more connections than the pool's are for those who keep one.
func open(ctx context.Context, variable string, more int) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(setting(variable))
	if err != nil {
		return nil, err
	}
	size, err := strconv.Atoi(setting("BENCH_POOL"))
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(size + more)
	return pgxpool.NewWithConfig(ctx, config)
}

// broker is how both sides see RabbitMQ: a topic exchange and one quorum queue, confirms on.
func broker(tuning tuning) amqp.Config {
	exchange := setting("BENCH_EXCHANGE")
	config := amqp.NewDurableTopicConfig(setting("BENCH_RABBITMQ"), exchange, exchange+".effects")
	config.Queue.Arguments = amqp091.Table{
		"x-queue-type": "quorum",
		"x-overflow":   "reject-publish",
	}
	config.Publish.ConfirmDelivery = true
	config.Publish.ChannelPoolSize = tuning.channels
	config.Consume.Qos.PrefetchCount = tuning.prefetch
	return config
}
