BEGIN TRANSACTION;
CREATE TABLE audit_resolution (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	neuron INTEGER NOT NULL, 
	reviewer_id INTEGER NOT NULL, 
	at VARCHAR(40) NOT NULL, 
	version INTEGER NOT NULL, 
	verdict VARCHAR(10), 
	name TEXT NOT NULL, 
	note TEXT NOT NULL, 
	CONSTRAINT pk_audit_resolution PRIMARY KEY (id), 
	CONSTRAINT uq_audit_resolution_run_id UNIQUE (run_id, neuron, version), 
	CONSTRAINT fk_audit_resolution_run_id_audit_run FOREIGN KEY(run_id) REFERENCES audit_run (id), 
	CONSTRAINT fk_audit_resolution_reviewer_id_audit_reviewer FOREIGN KEY(reviewer_id) REFERENCES audit_reviewer (id)
);
INSERT INTO "audit_resolution" VALUES(1,1,7,2,'2026-11-23T18:50:23.740+00:00',1,'partly','Night','agreed');
CREATE TABLE audit_review (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	neuron INTEGER NOT NULL, 
	reviewer_id INTEGER NOT NULL, 
	at VARCHAR(40) NOT NULL, 
	version INTEGER NOT NULL, 
	action VARCHAR(10) NOT NULL, 
	verdict VARCHAR(10), 
	name TEXT NOT NULL, 
	note TEXT NOT NULL, 
	tags JSON NOT NULL, 
	confidence INTEGER, 
	blind INTEGER NOT NULL, 
	inherited TEXT NOT NULL, 
	seconds FLOAT, 
	CONSTRAINT pk_audit_review PRIMARY KEY (id), 
	CONSTRAINT uq_audit_review_run_id UNIQUE (run_id, neuron, reviewer_id, version), 
	CONSTRAINT fk_audit_review_run_id_audit_run FOREIGN KEY(run_id) REFERENCES audit_run (id), 
	CONSTRAINT fk_audit_review_reviewer_id_audit_reviewer FOREIGN KEY(reviewer_id) REFERENCES audit_reviewer (id)
);
INSERT INTO "audit_review" VALUES(1,1,5,1,'2026-11-23T18:50:23.642+00:00',1,'review','real','','','[]',NULL,0,'',NULL);
INSERT INTO "audit_review" VALUES(2,1,5,1,'2026-11-23T18:50:23.663+00:00',2,'review','not','','','[]',NULL,0,'',NULL);
INSERT INTO "audit_review" VALUES(3,1,5,1,'2026-11-23T18:50:23.687+00:00',3,'undo','real','','','[]',NULL,0,'',NULL);
INSERT INTO "audit_review" VALUES(4,1,7,1,'2026-11-23T18:50:23.708+00:00',1,'review','partly','Nächtliche Straßen 夜 🎬','first line
second ''line'' "; DROP TABLE audit_review; --','["era", "mood"]',3,1,'',12.5);
INSERT INTO "audit_review" VALUES(5,1,7,2,'2026-11-23T18:50:23.727+00:00',1,'inherit','not','','','[]',NULL,0,'before',NULL);
CREATE TABLE audit_reviewer (
	id INTEGER NOT NULL, 
	"key" VARCHAR(320) NOT NULL, 
	name TEXT NOT NULL, 
	CONSTRAINT pk_audit_reviewer PRIMARY KEY (id), 
	CONSTRAINT uq_audit_reviewer_key UNIQUE ("key")
);
INSERT INTO "audit_reviewer" VALUES(1,'ann','Ann');
INSERT INTO "audit_reviewer" VALUES(2,'bob','Bob');
CREATE TABLE audit_run (
	id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	name TEXT NOT NULL, 
	dataset TEXT NOT NULL, 
	neurons INTEGER NOT NULL, 
	stamp BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_audit_run PRIMARY KEY (id), 
	CONSTRAINT uq_audit_run_digest UNIQUE (digest)
);
INSERT INTO "audit_run" VALUES(1,'5555555555555555555555555555555555555555555555555555555555555555','demo-run','demo',34,5075824249610392);
CREATE TABLE audit_trial (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	neuron INTEGER NOT NULL, 
	reviewer_id INTEGER NOT NULL, 
	at VARCHAR(40) NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	seed BIGINT NOT NULL, 
	items JSON NOT NULL, 
	answer JSON NOT NULL, 
	"right" JSON NOT NULL, 
	correct INTEGER NOT NULL, 
	decisions INTEGER NOT NULL, 
	chance FLOAT NOT NULL, 
	seconds FLOAT, 
	CONSTRAINT pk_audit_trial PRIMARY KEY (id), 
	CONSTRAINT fk_audit_trial_run_id_audit_run FOREIGN KEY(run_id) REFERENCES audit_run (id), 
	CONSTRAINT fk_audit_trial_reviewer_id_audit_reviewer FOREIGN KEY(reviewer_id) REFERENCES audit_reviewer (id)
);
INSERT INTO "audit_trial" VALUES(1,1,3,1,'2026-11-23T18:50:23.771+00:00','intruder',1099511627776,'[1, 2, 3, 4, 5, 6]','[2]','[2]',1,1,1.66666666666666657414e-01,8.25);
CREATE TABLE audit_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT audit_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "audit_version" VALUES('0001');
CREATE INDEX ix_audit_trial_run_neuron ON audit_trial (run_id, neuron);
COMMIT;
