-- What the tasks came to that the operator's program does regularly, such as backups. A row is the
-- last word on a task; who may do it now is a lease.
CREATE TABLE task (
    name          TEXT PRIMARY KEY NOT NULL,
    tried_at      $time NOT NULL,
    due_at        $time NOT NULL,
    succeeded_at  $time,
    failing_since $time,
    failure       TEXT,
    notified_at       $time,
    archive       TEXT,
    bytes         $integer,
    oldest_at     $time
);

-- How the clock ran that tasks are due by: when it was last looked at, and since when it ran without
-- a leap.
CREATE TABLE task_clock (
    id           $integer PRIMARY KEY NOT NULL,
    seen_at      $time NOT NULL,
    steady_since $time NOT NULL
);
