-- Keys of personal data.
SELECT 1;
