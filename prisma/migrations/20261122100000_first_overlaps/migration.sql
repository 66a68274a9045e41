-- Where nothing has ended yet, nothing can reach into what has: a first night, which writes ten rows for everybody, is
-- not joined with itself. Whether something has ended is the first row of the index over closed intervals; the order
-- is what makes every plan begin there, whatever the statistics.
-- Locks nothing: one function is replaced. Older versions of the program run on this schema.

CREATE OR REPLACE FUNCTION "refuse_overlap"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  same_key text;
  has_closed boolean;
  is_overlapping boolean;
BEGIN
  EXECUTE format(
    'SELECT true FROM %I.%I WHERE valid_to IS NOT NULL ORDER BY %I LIMIT 1',
    TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]) INTO has_closed;
  IF has_closed IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT string_agg(format('h.%1$I IS NOT DISTINCT FROM n.%1$I', key_column), ' AND ')
    INTO same_key FROM unnest(TG_ARGV) AS key_column;
  EXECUTE format(
    'SELECT true FROM new_rows n JOIN %I.%I h ON h.%I = n.%I AND %s '
    'WHERE h.valid_to IS NOT NULL AND h.valid_from < coalesce(n.valid_to, ''infinity'') AND n.valid_from < h.valid_to '
    -- A closed interval overlaps itself, once.
    'GROUP BY n HAVING count(*) > count(DISTINCT n.valid_to) LIMIT 1',
    TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[0], same_key) INTO is_overlapping;
  IF is_overlapping THEN
    -- The row itself stays out of the message: it may name a person.
    RAISE EXCEPTION 'an interval of %.% overlaps a closed one', TG_TABLE_SCHEMA, TG_TABLE_NAME
      USING ERRCODE = 'exclusion_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
  END IF;
  RETURN NULL;
END $$;
