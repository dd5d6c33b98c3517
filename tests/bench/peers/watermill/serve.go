package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-amqp/v3/pkg/amqp"
	"github.com/ThreeDotsLabs/watermill-sql/v4/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/components/forwarder"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const tables = `
CREATE TABLE IF NOT EXISTS thing (id UUID PRIMARY KEY, account UUID NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS thing_of_account ON thing (account, id);`

type thing struct {
	ID      uuid.UUID `json:"thing_id"`
	Account uuid.UUID `json:"account_id"`
	Version int64     `json:"version"`
	Name    string    `json:"name"`
}

type envelope struct {
	ID             uuid.UUID `json:"id"`
	Source         string    `json:"source"`
	Type           string    `json:"type"`
	SchemaVersion  int       `json:"schemaversion"`
	Subject        uuid.UUID `json:"subject"`
	SubjectVersion int64     `json:"subjectversion"`
	Account        uuid.UUID `json:"account"`
	Time           time.Time `json:"time"`
	CorrelationID  uuid.UUID `json:"correlationid"`
	Data           thing     `json:"data"`
}

// publisher is the side that takes commands.
type publisher struct {
	pool  *pgxpool.Pool
	lanes int
	next  atomic.Uint64
}

func serve(stop context.Context, tuning tuning) error {
	pool, err := open(stop, "BENCH_PUBLISHER_POSTGRES", tuning.lanes)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(stop, tables); err != nil {
		return err
	}
	out, err := amqp.NewPublisher(broker(tuning), watermill.NopLogger{})
	if err != nil {
		return err
	}
	for lane := range tuning.lanes {
		if err := forward(stop, pool, out, lane, tuning); err != nil {
			return err
		}
	}
	mux := http.NewServeMux()
	commands := &publisher{pool: pool, lanes: tuning.lanes}
	mux.HandleFunc("POST /api/v1/templates", commands.create)
	server := &http.Server{Addr: setting("BENCH_ADDRESS"), Handler: mux}
	go func() {
		<-stop.Done()
		_ = server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func outbox(lane int) string { return fmt.Sprintf("outbox_%d", lane) }

// forward runs one forwarder over one outbox table.
func forward(stop context.Context, pool *pgxpool.Pool, out message.Publisher, lane int, tuning tuning) error {
	in, err := sql.NewSubscriber(sql.BeginnerFromPgx(pool), sql.SubscriberConfig{
		PollInterval:     tuning.poll,
		SchemaAdapter:    sql.DefaultPostgreSQLSchema{},
		OffsetsAdapter:   sql.DefaultPostgreSQLOffsetsAdapter{},
		InitializeSchema: true,
	}, watermill.NopLogger{})
	if err != nil {
		return err
	}
	daemon, err := forwarder.NewForwarder(in, out, watermill.NopLogger{}, forwarder.Config{ForwarderTopic: outbox(lane)})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- daemon.Run(stop) }()
	select {
	case <-daemon.Running():
		return nil
	case err := <-ended:
		return err
	}
}

// create is the command: the thing and its event, in one transaction.
func (p *publisher) create(answer http.ResponseWriter, request *http.Request) {
	var input struct {
		Name string `json:"name"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(answer, request.Body, 1<<20)).Decode(&input); err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	if length := utf8.RuneCountInString(input.Name); length < 1 || length > 100 {
		http.Error(answer, "expected 1 to 100 characters", http.StatusUnprocessableEntity)
		return
	}
	made := thing{ID: uuid.Must(uuid.NewV7()), Account: uuid.Must(uuid.NewV7()), Version: 1, Name: input.Name}
	if err := p.commit(request.Context(), made); err != nil {
		http.Error(answer, err.Error(), http.StatusServiceUnavailable)
		return
	}
	answer.Header().Set("content-type", "application/json")
	answer.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(answer).Encode(made)
}

func (p *publisher) commit(ctx context.Context, made thing) error {
	id := uuid.Must(uuid.NewV7())
	event, err := json.Marshal(envelope{
		ID: id, Source: "template", Type: topic, SchemaVersion: 1, Subject: made.ID, SubjectVersion: made.Version,
		Account: made.Account, Time: time.Now().UTC(), CorrelationID: id, Data: made,
	})
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO thing (id, account, version, name) VALUES ($1, $2, 1, $3)", made.ID, made.Account, made.Name)
		if err != nil {
			return err
		}
		inner, err := sql.NewPublisher(sql.TxFromPgx(tx), sql.PublisherConfig{SchemaAdapter: sql.DefaultPostgreSQLSchema{}}, watermill.NopLogger{})
		if err != nil {
			return err
		}
		lane := int(p.next.Add(1) % uint64(p.lanes))
		outgoing := forwarder.NewPublisher(inner, forwarder.PublisherConfig{ForwarderTopic: outbox(lane)})
		return outgoing.Publish(topic, message.NewMessage(id.String(), event))
	})
}
