CREATE TABLE every_type (
    id      $uuid PRIMARY KEY NOT NULL REFERENCES old (id),
    bytes   $bytes NOT NULL,
    integer $integer NOT NULL,
    real    $real NOT NULL,
    time    $time NOT NULL,
    json    $json NOT NULL
);
