BEGIN TRANSACTION;
CREATE TABLE records (
	seq INTEGER NOT NULL,
	at_s FLOAT NOT NULL,
	mono_s FLOAT NOT NULL,
	kind VARCHAR NOT NULL,
	actor VARCHAR NOT NULL,
	scope VARCHAR NOT NULL,
	body TEXT NOT NULL,
	prev_hash VARCHAR NOT NULL,
	hash VARCHAR NOT NULL,
	PRIMARY KEY (seq)
);
INSERT INTO "records" VALUES(1,1700000000.0,1000.0,'engine.started','scram','','{"accounts":2}','0000000000000000000000000000000000000000000000000000000000000000','4d81c9711b8130ee4e15796a3309bae147cd5e3c2d4bff15211cfcdc80e1ad73');
INSERT INTO "records" VALUES(2,1700000000.25,1000.25,'event.raised','scram','account:alpha-1','{"value":3.5,"what":"raised"}','4d81c9711b8130ee4e15796a3309bae147cd5e3c2d4bff15211cfcdc80e1ad73','92ce26a58b9c4988f857cea34a5e23b0d862d3aa9a44d891f4115323807fbdb7');
INSERT INTO "records" VALUES(3,1700000001.75,1001.75,'stop.fired','ann','portfolio','{"reason":"test – Prüfung"}','92ce26a58b9c4988f857cea34a5e23b0d862d3aa9a44d891f4115323807fbdb7','d8cf2462193a61f3dac902484bb6df522ac304e8dc57ea7df81ec5d6cf9a4466');
CREATE TABLE schema_version (
	version INTEGER NOT NULL,
	PRIMARY KEY (version)
);
INSERT INTO "schema_version" VALUES(1);
CREATE TABLE state (
	"key" VARCHAR NOT NULL,
	body TEXT NOT NULL,
	at_s FLOAT NOT NULL,
	PRIMARY KEY ("key")
);
INSERT INTO "state" VALUES('journal.head','{"seq":3,"hash":"d8cf2462193a61f3dac902484bb6df522ac304e8dc57ea7df81ec5d6cf9a4466"}',1700000001.75);
INSERT INTO "state" VALUES('book','{"peak":1.5}',1700000001.75);
CREATE INDEX ix_records_kind ON records (kind);
COMMIT;
