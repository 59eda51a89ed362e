-- What succeeded in a span of time, for others who compare their books with ours. Operations finish about in the order in which they are written, so a few bytes per block are enough.
CREATE INDEX operations_finished ON operations USING brin (finished_at) WITH (pages_per_range = 32, autosummarize = on);
