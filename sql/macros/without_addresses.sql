-- description: A free text of a vendor with e-mail addresses blanked out: campaign names and links carry them at times,
--   and what is published names nobody.
-- macro: without_addresses(given)
-- example: marts.without_addresses('spring to ana@example.com')
select
    case
        when contains(given, '@')
            then regexp_replace(given, '[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@,;<>"]+', '(address)', 'g')
        else given
    end
